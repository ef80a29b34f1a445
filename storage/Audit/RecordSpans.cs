namespace JitProxy.Storage.Audit;

/// <summary>The fields of a record where they lie. Numbers that the record does not have are -1.</summary>
internal ref struct RecordSpans
{
    private const RecordFields Counted =
        RecordFields.Rows | RecordFields.Bytes | RecordFields.Masked | RecordFields.Error | RecordFields.Duration | RecordFields.Detail;

    private RecordFields _fields;

    /// <summary>Microseconds since 1970.</summary>
    public long At { get; private set; }

    public long Execution { get; private set; }

    public ReadOnlySpan<byte> Parameters { get; private set; }

    public long Rows { get; private set; }

    public long Bytes { get; private set; }

    /// <summary>Names of masked columns; -1 when the record does not say.</summary>
    public long MaskedCount { get; private set; }

    /// <summary>Those names, one after the other.</summary>
    public TextList MaskedNames { get; private set; }

    public ReadOnlySpan<byte> Error { get; private set; }

    public long Duration { get; private set; }

    public ReadOnlySpan<byte> Detail { get; private set; }

    public readonly bool HasParameters => (_fields & RecordFields.Parameters) != 0;

    public readonly bool HasError => (_fields & RecordFields.Error) != 0;

    public readonly bool HasDetail => (_fields & RecordFields.Detail) != 0;

    /// <summary>Reads a whole entry; false when it does not read as a record.</summary>
    public static bool TryRead(EntryView entry, out RecordSpans record)
    {
        var found = new RecordSpans { _fields = (RecordFields)entry.Fields, Execution = -1, Rows = -1, Bytes = -1, MaskedCount = -1, Duration = -1 };
        var reader = new FieldReader(entry.Body);
        record = default;
        if (!reader.TryMicroseconds(out var at) || !TryNumber(ref reader, found._fields, RecordFields.Execution, out var execution))
            return false;
        (found.At, found.Execution) = (at, execution);
        if (found.HasParameters)
        {
            if (!reader.TryBytes(out var parameters))
                return false;
            found.Parameters = parameters;
        }

        if ((found._fields & Counted) != 0 && !TryReadRest(ref reader, ref found))
            return false;
        record = found;
        return reader.IsAtEnd;
    }

    private static bool TryReadRest(scoped ref FieldReader reader, scoped ref RecordSpans record)
    {
        var fields = record._fields;
        if (!TryNumber(ref reader, fields, RecordFields.Rows, out var rows)
            || !TryNumber(ref reader, fields, RecordFields.Bytes, out var bytes)
            || !TryMasked(ref reader, ref record)
            || !TryBytes(ref reader, fields, RecordFields.Error, out var error)
            || !TryNumber(ref reader, fields, RecordFields.Duration, out var duration)
            || !TryBytes(ref reader, fields, RecordFields.Detail, out var detail))
        {
            return false;
        }

        (record.Rows, record.Bytes, record.Duration) = (rows, bytes, duration);
        record.Error = error;
        record.Detail = detail;
        return true;
    }

    private static bool TryMasked(scoped ref FieldReader reader, scoped ref RecordSpans record)
    {
        if ((record._fields & RecordFields.Masked) == 0)
            return true;
        if (!reader.TryNumber(out var count) || count > reader.Rest.Length)
            return false;
        var names = reader.Rest;
        for (var index = 0; index < count; index++)
        {
            if (!reader.TryBytes(out _))
                return false;
        }

        record.MaskedCount = count;
        record.MaskedNames = new(names[..^reader.Rest.Length]);
        return true;
    }

    private static bool TryNumber(scoped ref FieldReader reader, RecordFields fields, RecordFields field, out long value)
    {
        value = -1;
        return (fields & field) == 0 || reader.TryNumber(out value);
    }

    private static bool TryBytes(scoped ref FieldReader reader, RecordFields fields, RecordFields field, out ReadOnlySpan<byte> value)
    {
        value = default;
        return (fields & field) == 0 || reader.TryBytes(out value);
    }
}

/// <summary>Texts one after the other, each behind its length.</summary>
internal readonly ref struct TextList(ReadOnlySpan<byte> texts)
{
    private readonly ReadOnlySpan<byte> _texts = texts;

    public Enumerator GetEnumerator() => new(_texts);

    public ref struct Enumerator(ReadOnlySpan<byte> texts)
    {
        private FieldReader _reader = new(texts);
        private ReadOnlySpan<byte> _current;

        public readonly ReadOnlySpan<byte> Current => _current;

        public bool MoveNext() => !_reader.Rest.IsEmpty && _reader.TryBytes(out _current);
    }
}
