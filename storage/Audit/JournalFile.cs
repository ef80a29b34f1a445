// Layout: a page with magic, format, number and size of the segments, and the trail's id; then the segments.
// A segment begins with 64 bytes: i64 lap (which use of a segment this is, counted from 1), i64 number of its first record.
// Every byte is written when the file is made, so that a write to the mapping never needs room on the disk.
using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;

namespace JitProxy.Storage.Audit;

/// <summary>The mapped journal file: geometry and memory, no meaning.</summary>
internal sealed unsafe class JournalFile : IDisposable
{
    public const int SegmentCount = 4;
    public const int SegmentHeaderSize = 64;
    public const int SizeMin = 64 * 1024;

    private const int PageSize = 4096;
    private const uint Format = 1;
    private const int TrailOffset = 24;
    private const int TrailSize = 16;

    private readonly FileStream _file;
    private readonly MemoryMappedFile _mapping;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _memory;

    private JournalFile(FileStream file)
    {
        _file = file;
        Size = checked((int)file.Length);
        SegmentSize = SegmentSizeOf(Size);
        _mapping = MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
        _view = _mapping.CreateViewAccessor(0, Size);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _memory);
    }

    public string Path => _file.Name;

    public int Size { get; }

    public int SegmentSize { get; }

    private static ReadOnlySpan<byte> Magic => "JITAUDIT"u8;

    /// <summary>Opens the journal of a trail, or makes one.</summary>
    public static JournalFile Open(string path, int size, ReadOnlySpan<byte> trail)
    {
        FileStream file;
        try
        {
            // Statements and parameters are in it: for nobody else to read.
            var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            file = new FileStream(path, options);
        }
        catch (IOException error)
        {
            throw new StoreException(
                $"the audit journal cannot be opened: {error.Message}",
                path,
                "Stop the other process that uses it, or give this one the right to write it.", error);
        }

        try
        {
            if (!IsJournal(file, path, trail))
                Create(file, Math.Max(size, SizeMin), trail);
            return new JournalFile(file);
        }
        catch (IOException error)
        {
            file.Dispose();
            throw new StoreException($"the audit journal cannot be made: {error.Message}", path, $"Free {size} bytes on its disk.", error);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The same journal, empty, with another size; the old one is closed. Itself when it has that size.</summary>
    public static JournalFile Resize(JournalFile journal, int size, ReadOnlySpan<byte> trail)
    {
        if (SegmentSizeOf(Math.Max(size, SizeMin)) == journal.SegmentSize)
            return journal;
        var path = journal.Path;
        journal.Dispose();
        File.Delete(path);
        return Open(path, size, trail);
    }

    /// <summary>The usable size of a segment when the file has <paramref name="fileSize"/> bytes.</summary>
    public static int SegmentSizeOf(int fileSize) => (fileSize - PageSize) / SegmentCount / PageSize * PageSize;

    public Span<byte> Segment(int index) => new(_memory + PageSize + (long)index * SegmentSize, SegmentSize);

    public static long LapOf(ReadOnlySpan<byte> segment) => BinaryPrimitives.ReadInt64LittleEndian(segment);

    public static long FirstSeqOf(ReadOnlySpan<byte> segment) => BinaryPrimitives.ReadInt64LittleEndian(segment[sizeof(long)..]);

    /// <summary>Starts a new use of a segment. Killed anywhere within, the segment reads as empty.</summary>
    public void StartLap(int index, long lap, long firstSeq)
    {
        var segment = Segment(index);
        fixed (byte* start = segment)
        {
            Volatile.Write(ref *(long*)(start + sizeof(long)), 0);
            Volatile.Write(ref *(long*)start, lap);
            Volatile.Write(ref *(int*)(start + SegmentHeaderSize), 0);
            Volatile.Write(ref *(long*)(start + sizeof(long)), firstSeq);
        }
    }

    /// <summary>Zeroes all segments, on the disk too: nothing of an earlier use can be taken for a record later.</summary>
    public void Clear()
    {
        for (var index = 0; index < SegmentCount; index++)
            Segment(index).Clear();
        _view.Flush();
        _file.Flush(flushToDisk: true);
    }

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _mapping.Dispose();
        _file.Dispose();
    }

    private static bool IsJournal(FileStream file, string path, ReadOnlySpan<byte> trail)
    {
        Span<byte> head = stackalloc byte[TrailOffset + TrailSize];
        if (RandomAccess.Read(file.SafeFileHandle, head, 0) < head.Length || !head.ContainsAnyExcept((byte)0))
            return false;
        var isWhole = head.StartsWith(Magic)
            && BinaryPrimitives.ReadUInt32LittleEndian(head[8..]) == Format
            && BinaryPrimitives.ReadUInt32LittleEndian(head[12..]) == SegmentCount
            && BinaryPrimitives.ReadInt64LittleEndian(head[16..]) == file.Length
            && file.Length is >= PageSize * (1 + SegmentCount) and <= int.MaxValue;
        if (!isWhole)
            throw new StoreException(
                "the audit journal is damaged",
                path,
                "Keep a copy as evidence, then move it away: the records that it held and the database lacks are lost.");
        if (!head[TrailOffset..].SequenceEqual(trail))
            throw new StoreException(
                "the audit journal belongs to another database",
                path,
                "Put the database back that belongs to it, or move the journal away and keep it as evidence.");
        return true;
    }

    private static void Create(FileStream file, int size, ReadOnlySpan<byte> trail)
    {
        // Zeros first and the head last: a file that was left half made reads as no journal, and is made again.
        var whole = PageSize + SegmentSizeOf(size) * SegmentCount;
        file.SetLength(0);
        var zeros = new byte[64 * 1024];
        for (long position = 0; position < whole; position += zeros.Length)
            RandomAccess.Write(file.SafeFileHandle, zeros.AsSpan(0, (int)Math.Min(zeros.Length, whole - position)), position);
        file.Flush(flushToDisk: true);
        var head = new byte[TrailOffset + TrailSize];
        Magic.CopyTo(head);
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(8), Format);
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(12), SegmentCount);
        BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(16), whole);
        trail.CopyTo(head.AsSpan(TrailOffset));
        RandomAccess.Write(file.SafeFileHandle, head, 0);
        file.Flush(flushToDisk: true);
    }
}
