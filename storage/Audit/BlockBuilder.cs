// Task: turn journal entries into blocks by copying them. A definition is copied in front of its first use in each block, so
// that every block reads by itself.
using System.Buffers;

namespace JitProxy.Storage.Audit;

internal sealed class BlockBuilder
{
    /// <summary>A block is closed once it is this large. Below the size from which the runtime moves arrays to the large heap.</summary>
    private const int BlockSize = 64 * 1024;

    private readonly ArrayBufferWriter<byte> _body = new(BlockSize * 2);
    private readonly List<Definition> _definitions = [];
    private readonly List<Block> _blocks = [];
    private readonly RecordNotes _notes = new();
    private long _lap;
    private int _blockNumber;
    private Block? _block;

    /// <summary>Reads entries until <paramref name="end"/> or until <paramref name="sizeMax"/> bytes of blocks are made.</summary>
    /// <param name="segment">The journal's segment.</param>
    /// <param name="lap">Its lap: definitions of another one are forgotten.</param>
    /// <param name="offset">Where to read on; the place after the last entry read, on return.</param>
    /// <param name="end">Where to stop.</param>
    /// <param name="sizeMax">How much to read.</param>
    /// <param name="after">Records up to this number are in the database already.</param>
    /// <param name="hash">Hash of the last record there; of the last record read, on return.</param>
    public List<Block> Read(ReadOnlySpan<byte> segment, long lap, ref int offset, int end, int sizeMax, long after, ref byte[] hash)
    {
        _blocks.Clear();

        // What an interrupted reading began is read again.
        _block = null;
        if (_lap != lap)
            _definitions.Clear();
        _lap = lap;
        var stop = (int)Math.Min(end, (long)offset + sizeMax);
        while (offset < stop)
        {
            if (!Entry.TryRead(segment[offset..end], out var entry))
                throw new InvalidDataException($"The audit journal changed under the proxy at offset {offset} of lap {lap}.");
            if (entry.IsDefinition)
                Define(entry, offset);
            else if (entry.Seq > after)
                Add(segment, entry, ref hash);
            offset += entry.Size;
        }

        Close(ref hash);
        return _blocks;
    }

    /// <summary>A block that says which records are lost.</summary>
    public static Block Lost(long firstSeq, long count, DateTimeOffset at, ref byte[] hash)
    {
        var record = new AuditRecord
        {
            Event = AuditEvent.Lost,
            Rows = count,
            Detail = "These records were lost before they reached the disk, as in a power cut.",
        };
        var buffer = new byte[Block.HashSize + RecordImage.SizeMax(record)];
        hash.CopyTo(buffer, 0);
        var size = RecordImage.Whole(buffer.AsSpan(Block.HashSize), record, at);
        var image = buffer.AsSpan(Block.HashSize, size);
        Entry.Seal(image, Entry.BodyChecksum(image), firstSeq, Definition.None);
        var block = new Block(firstSeq, hash) { LastSeq = firstSeq + count - 1 };
        var notes = new RecordNotes();
        if (!Entry.TryRead(image, out var entry) || !RecordSpans.TryRead(entry, out var spans))
            throw new InvalidDataException("The record of lost records does not read.");
        notes.Add(null, default, entry, spans);
        block.FirstAt = block.LastAt = spans.At;
        block.Seal(buffer.AsSpan(0, Block.HashSize + size), notes);
        hash = block.Hash;
        return block;
    }

    private void Define(EntryView entry, int offset)
    {
        var number = (int)entry.Context;
        if (!ContextTexts.TryRead(entry, isWhole: false, out var texts) || number > _definitions.Count)
            throw new InvalidDataException($"The audit journal changed under the proxy at offset {offset} of lap {_lap}.");

        // Read again after a failed commit, or met first.
        if (number < _definitions.Count)
            return;
        _definitions.Add(new Definition(offset, entry.Size, texts));
    }

    private void Add(ReadOnlySpan<byte> segment, EntryView entry, ref byte[] hash)
    {
        if (_body.WrittenCount >= BlockSize)
            Close(ref hash);
        _block ??= Open(entry.Seq, hash);
        var definition = _definitions[(int)entry.Context];
        var texts = segment.Slice(definition.Offset, definition.Size);
        if (definition.Block != _blockNumber)
        {
            definition.Block = _blockNumber;
            _body.Write(texts);
        }

        if (!RecordSpans.TryRead(entry, out var spans))
            throw new InvalidDataException($"The audit journal changed under the proxy: record {entry.Seq} does not read.");
        _body.Write(entry.Whole);
        _block.LastSeq = entry.Seq;
        _block.FirstAt = Math.Min(_block.FirstAt, spans.At);
        _block.LastAt = Math.Max(_block.LastAt, spans.At);
        _notes.Add(definition.Noted, texts, entry, spans);
    }

    private Block Open(long firstSeq, byte[] hash)
    {
        _blockNumber++;
        _body.ResetWrittenCount();
        _body.Write(hash);
        _notes.Open();
        return new Block(firstSeq, hash);
    }

    private void Close(ref byte[] hash)
    {
        if (_block is null)
            return;
        _block.Seal(_body.WrittenSpan, _notes);
        hash = _block.Hash;
        _blocks.Add(_block);
        _block = null;
        _body.ResetWrittenCount();
    }

    private sealed class Definition(int offset, int size, ContextTexts texts)
    {
        /// <summary>The context of a record that has none.</summary>
        public const uint None = uint.MaxValue;

        public int Offset { get; } = offset;

        public int Size { get; } = size;

        public NotedContext Noted { get; } = new(texts);

        public int Block { get; set; }
    }
}
