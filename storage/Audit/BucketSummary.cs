using Microsoft.Data.Sqlite;

namespace JitProxy.Storage.Audit;

/// <summary>What filters must know of a bucket to pass it over: nothing in it lies outside of what this says.</summary>
internal sealed class BucketSummary(long bucket)
{
    private const byte PortSeparator = (byte)':';

    public long Bucket { get; } = bucket;

    /// <summary>Earliest and latest time, in microseconds since 1970.</summary>
    public long FirstAt { get; private set; } = long.MaxValue;

    public long LastAt { get; private set; } = long.MinValue;

    /// <summary>The events that occur, as bits.</summary>
    public ulong Events { get; private set; }

    /// <summary>The outcomes that occur, as bits; records without one count as <see cref="AuditOutcome.None"/>.</summary>
    public uint Outcomes { get; private set; }

    /// <summary>The most of each; -1 where no record has it.</summary>
    public long RowsMax { get; private set; } = -1;

    public long BytesMax { get; private set; } = -1;

    public long DurationMax { get; private set; } = -1;

    /// <summary>True when the text of a statement is in another bucket, so that the signature does not know it.</summary>
    public bool HasStatementElsewhere { get; private set; }

    public Signature Signature { get; private init; } = new();

    /// <summary>A bucket as the database keeps it: the columns behind its number, in order.</summary>
    public static BucketSummary Read(long bucket, SqliteDataReader row) => new(bucket)
    {
        FirstAt = row.GetInt64(0),
        LastAt = row.GetInt64(1),
        Events = unchecked((ulong)row.GetInt64(2)),
        Outcomes = unchecked((uint)row.GetInt64(3)),
        RowsMax = row.GetInt64(4),
        BytesMax = row.GetInt64(5),
        DurationMax = row.GetInt64(6),
        HasStatementElsewhere = row.GetBoolean(7),
        Signature = row.GetFieldValue<byte[]>(8) is { Length: Signature.Size } signature ? new(signature) : new(),
    };

    /// <summary>The summary of a bucket that cannot be read: it may hold anything.</summary>
    public static BucketSummary Anything(long bucket)
    {
        var all = new byte[Signature.Size];
        all.AsSpan().Fill(byte.MaxValue);
        return new(bucket)
        {
            FirstAt = 0,
            LastAt = long.MaxValue,
            Events = ulong.MaxValue,
            Outcomes = uint.MaxValue,
            RowsMax = long.MaxValue,
            BytesMax = long.MaxValue,
            DurationMax = long.MaxValue,
            HasStatementElsewhere = true,
            Signature = new(all),
        };
    }

    /// <summary>Both together, as a new one.</summary>
    public BucketSummary Plus(BucketSummary other)
    {
        var sum = new BucketSummary(Bucket)
        {
            FirstAt = Math.Min(FirstAt, other.FirstAt),
            LastAt = Math.Max(LastAt, other.LastAt),
            Events = Events | other.Events,
            Outcomes = Outcomes | other.Outcomes,
            RowsMax = Math.Max(RowsMax, other.RowsMax),
            BytesMax = Math.Max(BytesMax, other.BytesMax),
            DurationMax = Math.Max(DurationMax, other.DurationMax),
            HasStatementElsewhere = HasStatementElsewhere || other.HasStatementElsewhere,
        };
        sum.Signature.UnionWith(Signature);
        sum.Signature.UnionWith(other.Signature);
        return sum;
    }

    /// <summary>True when both say the same.</summary>
    public bool IsSame(BucketSummary other) =>
        Bucket == other.Bucket && FirstAt == other.FirstAt && LastAt == other.LastAt && Events == other.Events && Outcomes == other.Outcomes
        && RowsMax == other.RowsMax && BytesMax == other.BytesMax && DurationMax == other.DurationMax
        && HasStatementElsewhere == other.HasStatementElsewhere
        && Signature.ToBytes().AsSpan().SequenceEqual(other.Signature.ToBytes());

    /// <summary>How a signature has an execution that began in another bucket.</summary>
    public static byte[] TermOf(long execution) => BitConverter.GetBytes(execution);

    /// <summary>A definition that a record of the bucket names.</summary>
    public void Add(in ContextSpans context)
    {
        AddTerm(SignatureField.Actor, context.Actor);
        AddTerm(SignatureField.Server, context.Server);
        AddTerm(SignatureField.Digest, context.Digest);
        AddTerm(SignatureField.Client, context.Client);
        if (context.Client.LastIndexOf(PortSeparator) is var colon and > 0)
            AddTerm(SignatureField.Client, context.Client[..colon]);
        Signature.AddText(SignatureField.Statement, context.Statement);
        HasStatementElsewhere |= context.IsStatementElsewhere;
    }

    /// <summary>A record.</summary>
    public void Add(EntryView entry, in RecordSpans record)
    {
        FirstAt = Math.Min(FirstAt, record.At);
        LastAt = Math.Max(LastAt, record.At);
        Events |= 1UL << (int)entry.Event;
        Outcomes |= 1U << (int)entry.Outcome;
        RowsMax = Math.Max(RowsMax, record.Rows);
        BytesMax = Math.Max(BytesMax, record.Bytes);
        DurationMax = Math.Max(DurationMax, record.Duration);
        if (record.Execution >= 0 && IndexKey.BucketOf(record.Execution) != Bucket)
            Signature.AddTerm(SignatureField.Execution, TermOf(record.Execution));
        if (record.HasError)
            Signature.AddText(SignatureField.Error, record.Error);
        if (record.MaskedCount > 0)
        {
            foreach (var name in record.MaskedNames)
                Signature.AddTerm(SignatureField.Masked, name);
        }
    }

    private void AddTerm(SignatureField field, ReadOnlySpan<byte> value)
    {
        if (!value.IsEmpty)
            Signature.AddTerm(field, value);
    }
}
