using System.Collections.Immutable;

namespace JitProxy.Storage.Audit;

/// <summary>Encodes records, without their place. Buffers are the caller's: the common record fits on the stack.</summary>
internal static class RecordImage
{
    /// <summary>The most that the short form of an end takes.</summary>
    public const int ShortSizeMax = 256;

    private const int ShortErrorLengthMax = 32;
    private const int ErrorLengthMax = 8 * 1024;
    private const int MaskedLengthMax = 64 * 1024;

    // Header, time, and every number that a record may have.
    private const int FixedSizeMax = Entry.HeaderSize + sizeof(long) + 8 * FieldWriter.NumberSizeMax + Entry.Alignment;

    public static int BeginSizeMax(int parametersSize) => FixedSizeMax + parametersSize;

    public static int Begin(Span<byte> image, AuditEvent happened, DateTimeOffset at, ReadOnlySpan<byte> parameters)
    {
        var writer = new FieldWriter(image, Entry.HeaderSize);
        var fields = RecordFields.None;
        writer.Time(at);
        if (!parameters.IsEmpty)
        {
            writer.Bytes(parameters);
            fields |= RecordFields.Parameters;
        }

        return Entry.Frame(image, writer.Position, happened, AuditOutcome.None, (ushort)fields);
    }

    public static int EndSizeMax(in ExecutionOutcome outcome)
    {
        var size = FixedSizeMax + FieldWriter.SizeMax(outcome.SqlState) + 1 + FieldWriter.SizeMax(outcome.Error);
        if (!outcome.Masked.IsDefaultOrEmpty)
        {
            foreach (var name in outcome.Masked)
                size += FieldWriter.SizeMax(name);
        }

        return size;
    }

    /// <summary>An end; its short form leaves out what does not fit <see cref="ShortSizeMax"/>, and says so.</summary>
    public static int End(Span<byte> image, long execution, DateTimeOffset at, long durationMicroseconds, in ExecutionOutcome outcome, bool isShort)
    {
        var writer = new FieldWriter(image, Entry.HeaderSize);
        var fields = RecordFields.Execution | RecordFields.Rows | RecordFields.Bytes | RecordFields.Masked | RecordFields.Duration;
        writer.Time(at);
        writer.Number(execution);
        writer.Number(outcome.Rows);
        writer.Number(outcome.Bytes);
        WriteMasked(ref writer, outcome.Masked.IsDefault ? [] : outcome.Masked, isShort ? 0 : MaskedLengthMax);
        var error = outcome.SqlState is null ? outcome.Error : $"{outcome.SqlState} {outcome.Error}";
        if (error is not null)
        {
            writer.Text(Cut(error, isShort ? ShortErrorLengthMax : ErrorLengthMax));
            fields |= RecordFields.Error;
        }

        writer.Number(durationMicroseconds);
        return Entry.Frame(image, writer.Position, AuditEvent.Finished, outcome.Outcome, (ushort)fields);
    }

    public static int SizeMax(AuditRecord record)
    {
        var size = FixedSizeMax + FieldWriter.SizeMax(record.Error) + FieldWriter.SizeMax(record.Detail) + Parameters.SizeMax(record.Parameters);
        return size + (record.Masked.IsDefaultOrEmpty ? 0 : record.Masked.Sum(FieldWriter.SizeMax));
    }

    public static int Whole(Span<byte> image, AuditRecord record, DateTimeOffset at)
    {
        var writer = new FieldWriter(image, Entry.HeaderSize);
        var fields = RecordFields.None;
        writer.Time(at);
        Number(ref writer, record.Execution, RecordFields.Execution, ref fields);
        if (!record.Parameters.IsDefaultOrEmpty)
        {
            writer.Bytes(Parameters.Encode(record.Parameters));
            fields |= RecordFields.Parameters;
        }

        Number(ref writer, record.Rows, RecordFields.Rows, ref fields);
        Number(ref writer, record.Bytes, RecordFields.Bytes, ref fields);
        if (!record.Masked.IsDefault)
        {
            WriteMasked(ref writer, record.Masked, MaskedLengthMax);
            fields |= RecordFields.Masked;
        }

        Text(ref writer, record.Error, RecordFields.Error, ref fields);
        Number(ref writer, record.DurationMicroseconds, RecordFields.Duration, ref fields);
        Text(ref writer, record.Detail, RecordFields.Detail, ref fields);
        return Entry.Frame(image, writer.Position, record.Event, record.Outcome, (ushort)fields);
    }

    private static void WriteMasked(ref FieldWriter writer, ImmutableArray<string> masked, int lengthMax)
    {
        var kept = 0;
        var length = 0;
        while (kept < masked.Length && length + masked[kept].Length <= lengthMax)
            length += masked[kept++].Length;
        var isCut = kept < masked.Length;
        writer.Number(kept + (isCut ? 1 : 0));
        foreach (var name in masked.AsSpan(0, kept))
            writer.Text(name);
        if (isCut)
            writer.Text($"({masked.Length - kept} more)");
    }

    private static string Cut(string text, int lengthMax) => text.Length <= lengthMax ? text : string.Concat(text.AsSpan(0, lengthMax), "...");

    private static void Number(ref FieldWriter writer, long? value, RecordFields field, ref RecordFields fields)
    {
        if (value is not { } number)
            return;
        writer.Number(number);
        fields |= field;
    }

    private static void Text(ref FieldWriter writer, string? value, RecordFields field, ref RecordFields fields)
    {
        if (value is null)
            return;
        writer.Text(Cut(value, ErrorLengthMax));
        fields |= field;
    }
}
