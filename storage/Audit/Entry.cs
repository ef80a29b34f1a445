// Task: the one binary layout of the trail. Entries lie in the journal and in the blocks of the database byte for byte alike,
// so moving them is copying, and what the chain covers is what the statement's path wrote.
//
//   0 u32 size (whole entry, a multiple of 8)   4 u32 CRC-32C of [24, size) followed by [8, 24)
//   8 i64 seq (0: a definition)                16 u32 context (its number, given by definitions, used by records)
//  20 u8 event (0: a definition)               21 u8 outcome   22 u16 fields present   24 fields in the order of their bits
//
// Little-endian. A definition holds the texts that many records share; it stands before its first use.
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace JitProxy.Storage.Audit;

/// <summary>Fields of a definition.</summary>
[Flags]
internal enum ContextFields : ushort
{
    None = 0,
    User = 1 << 0,
    Actor = 1 << 1,
    Client = 1 << 2,
    Server = 1 << 3,
    Database = 1 << 4,
    Grant = 1 << 5,
    Statement = 1 << 6,
    Digest = 1 << 7,

    /// <summary>No field of its own: the statement is in the record that began the execution.</summary>
    StatementElsewhere = 1 << 8,

    /// <summary>No field of its own: only the beginning of the statement is kept.</summary>
    StatementCut = 1 << 9,

    /// <summary>No field of its own: the statement is kept without its literals, and the digest is keyed.</summary>
    StatementRedacted = 1 << 10,
}

/// <summary>Fields of a record, after the time (i64, microseconds since 1970) that every record has.</summary>
[Flags]
internal enum RecordFields : ushort
{
    None = 0,
    Execution = 1 << 0,
    Parameters = 1 << 1,
    Rows = 1 << 2,
    Bytes = 1 << 3,
    Masked = 1 << 4,
    Error = 1 << 5,
    Duration = 1 << 6,
    Detail = 1 << 7,
}

internal static class Entry
{
    public const int HeaderSize = 24;
    public const int ChecksumOffset = 4;
    public const int SeqOffset = 8;
    public const int ContextOffset = 16;
    public const int EventOffset = 20;
    public const int OutcomeOffset = 21;
    public const int FieldsOffset = 22;
    public const int Alignment = 8;

    public static int Padded(int size) => (size + Alignment - 1) & ~(Alignment - 1);

    /// <summary>Fills what is known before the entry has its place, and pads with zeros from the end of its fields to its size, which it returns.</summary>
    public static int Frame(Span<byte> image, int end, AuditEvent happened, AuditOutcome outcome, ushort fields)
    {
        var size = Padded(end);
        image[end..size].Clear();
        image[ChecksumOffset..EventOffset].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(image, (uint)size);
        image[EventOffset] = (byte)happened;
        image[OutcomeOffset] = (byte)outcome;
        BinaryPrimitives.WriteUInt16LittleEndian(image[FieldsOffset..], fields);
        return size;
    }

    /// <summary>Checksum of the part that does not depend on the entry's place; computed outside the lock.</summary>
    public static uint BodyChecksum(ReadOnlySpan<byte> entry) => Extend(0, entry[HeaderSize..]);

    /// <summary>Gives the entry its place: number, context and the checksum over all of it.</summary>
    public static void Seal(Span<byte> entry, uint bodyChecksum, long seq, uint context)
    {
        BinaryPrimitives.WriteInt64LittleEndian(entry[SeqOffset..], seq);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[ContextOffset..], context);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[ChecksumOffset..], Extend(bodyChecksum, entry[SeqOffset..HeaderSize]));
    }

    /// <summary>Finds the entry at the start of <paramref name="memory"/>; false when none is whole there.</summary>
    public static bool TryRead(ReadOnlySpan<byte> memory, out EntryView entry)
    {
        entry = default;
        if (memory.Length < HeaderSize)
            return false;
        var size = BinaryPrimitives.ReadUInt32LittleEndian(memory);
        if (size < HeaderSize || size > (uint)memory.Length || size % Alignment != 0)
            return false;
        var whole = memory[..(int)size];
        var checksum = Extend(BodyChecksum(whole), whole[SeqOffset..HeaderSize]);
        if (checksum != BinaryPrimitives.ReadUInt32LittleEndian(whole[ChecksumOffset..]))
            return false;
        entry = new EntryView(whole);
        return true;
    }

    private static uint Extend(uint checksum, ReadOnlySpan<byte> words)
    {
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(words))
            checksum = BitOperations.Crc32C(checksum, word);
        return checksum;
    }
}

/// <summary>A whole entry where it lies. Valid as long as that memory.</summary>
internal readonly ref struct EntryView(ReadOnlySpan<byte> whole)
{
    public ReadOnlySpan<byte> Whole { get; } = whole;

    public int Size => Whole.Length;

    public long Seq => BinaryPrimitives.ReadInt64LittleEndian(Whole[Entry.SeqOffset..]);

    public uint Context => BinaryPrimitives.ReadUInt32LittleEndian(Whole[Entry.ContextOffset..]);

    public AuditEvent Event => (AuditEvent)Whole[Entry.EventOffset];

    public AuditOutcome Outcome => (AuditOutcome)Whole[Entry.OutcomeOffset];

    public ushort Fields => BinaryPrimitives.ReadUInt16LittleEndian(Whole[Entry.FieldsOffset..]);

    public bool IsDefinition => Event == AuditEvent.None;

    public ReadOnlySpan<byte> Body => Whole[Entry.HeaderSize..];
}
