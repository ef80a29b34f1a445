// Task: find the wanted records of a block, and make texts and hashes of these alone.
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace JitProxy.Storage.Audit;

/// <summary>Reads blocks for one filter.</summary>
/// <param name="match">The filter.</param>
/// <param name="findStatement">The statement of the record with a number, for ends whose text is in the record that began them.</param>
internal sealed class BlockScan(RecordMatch match, Func<long, string?> findStatement)
{
    private readonly Dictionary<uint, Context> _contexts = [];
    private readonly List<Hit> _hits = [];

    /// <summary>Adds the wanted records with numbers from one to another, in the order asked for, at most so many; false when the block is damaged.</summary>
    public bool TryRead(StoredBlock block, long from, long to, bool isDescending, int countMax, List<AuditRecord> records)
    {
        if (!TryFind(block.Body, from, to, isDescending ? int.MaxValue : countMax))
            return false;
        var kept = isDescending && _hits.Count > countMax ? _hits.GetRange(_hits.Count - countMax, countMax) : _hits;
        var first = records.Count;
        using var chain = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        chain.AppendData(block.PreviousHash);
        var hashed = 0;
        Span<byte> hash = stackalloc byte[Block.HashSize];
        foreach (var hit in kept)
        {
            chain.AppendData(block.Body.AsSpan(hashed, hit.End - hashed));
            hashed = hit.End;
            chain.GetCurrentHash(hash);
            if (Make(block.Body, hit, Convert.ToHexStringLower(hash)) is not { } record)
                return false;
            records.Add(record);
        }

        if (isDescending)
            records.Reverse(first, records.Count - first);
        return true;
    }

    private bool TryFind(byte[] body, long from, long to, int countMax)
    {
        _contexts.Clear();
        _hits.Clear();
        for (var offset = 0; offset < body.Length && _hits.Count < countMax;)
        {
            if (!Entry.TryRead(body.AsSpan(offset), out var entry))
                return false;
            var end = offset + entry.Size;
            if (entry.IsDefinition)
            {
                if (!ContextSpans.TryRead(entry, out var spans))
                    return false;
                var hasOtherText = match.AsksText && !spans.IsStatementElsewhere && !match.TakesText(spans.Statement);
                _contexts[entry.Context] = new Context(offset, match.Takes(spans), hasOtherText);
            }
            else if (!RecordSpans.TryRead(entry, out var record))
            {
                return false;
            }
            else if (entry.Seq >= from && entry.Seq <= to && match.Takes(entry, record))
            {
                var context = _contexts.GetValueOrDefault(entry.Context);
                if (context is null ? match.TakesNoContext() : Takes(body, context, record))
                    _hits.Add(new Hit(offset, end, context));
            }

            offset = end;
        }

        return true;
    }

    private bool Takes(byte[] body, Context context, in RecordSpans record)
    {
        if (!context.IsWanted || context.HasOtherText)
            return false;
        if (!match.AsksText || !TextsOf(body, context).IsStatementElsewhere)
            return true;

        // All records of a definition are about the same statement.
        return context.IsTextWanted ??= match.TakesText(Encoding.UTF8.GetBytes(StatementOf(context, record.Execution) ?? ""));
    }

    private string? StatementOf(Context context, long execution)
    {
        if (context.Found)
            return context.Statement;
        context.Found = true;
        return context.Statement = execution > 0 ? findStatement(execution) : null;
    }

    private static ContextTexts TextsOf(byte[] body, Context context)
    {
        if (context.Texts is not null)
            return context.Texts;
        return Entry.TryRead(body.AsSpan(context.Offset), out var entry) && ContextTexts.TryRead(entry, isWhole: true, out var texts)
            ? context.Texts = texts
            : throw new InvalidDataException("A definition changed while it was read.");
    }

    private AuditRecord? Make(byte[] body, Hit hit, string hash)
    {
        ImmutableArray<string?> parameters = default;
        if (!Entry.TryRead(body.AsSpan(hit.Offset), out var entry)
            || !RecordSpans.TryRead(entry, out var spans)
            || (spans.HasParameters && !Parameters.TryDecode(spans.Parameters, out parameters)))
        {
            return null;
        }

        var texts = hit.Context is { } context ? TextsOf(body, context) : null;
        return new AuditRecord
        {
            Seq = entry.Seq,
            At = FieldReader.TimeOf(spans.At),
            Event = entry.Event,
            Execution = Number(spans.Execution),
            User = texts?.User,
            Actor = texts?.Actor,
            Client = texts?.Client,
            Server = texts?.Server,
            Database = texts?.Database,
            Grant = texts?.Grant,
            Statement = texts is { IsStatementElsewhere: true } ? StatementOf(hit.Context!, spans.Execution) : texts?.Statement,
            IsStatementCut = texts?.IsStatementCut ?? false,
            IsStatementRedacted = texts?.IsStatementRedacted ?? false,
            Digest = texts?.Digest,
            Parameters = parameters,
            Rows = Number(spans.Rows),
            Bytes = Number(spans.Bytes),
            Masked = Masked(spans),
            Outcome = entry.Outcome,
            Error = spans.HasError ? Encoding.UTF8.GetString(spans.Error) : null,
            Detail = spans.HasDetail ? Encoding.UTF8.GetString(spans.Detail) : null,
            DurationMicroseconds = Number(spans.Duration),
            Hash = hash,
        };
    }

    private static long? Number(long value) => value < 0 ? null : value;

    private static ImmutableArray<string> Masked(in RecordSpans spans)
    {
        if (spans.MaskedCount < 0)
            return default;
        var names = ImmutableArray.CreateBuilder<string>();
        foreach (var name in spans.MaskedNames)
            names.Add(Encoding.UTF8.GetString(name));
        return names.ToImmutable();
    }

    private sealed class Context(int offset, bool isWanted, bool hasOtherText)
    {
        public int Offset { get; } = offset;

        public bool IsWanted { get; } = isWanted;

        /// <summary>True when the statement is here and does not hold the text asked for.</summary>
        public bool HasOtherText { get; } = hasOtherText;

        public ContextTexts? Texts { get; set; }

        /// <summary>For a statement that is elsewhere: whether it holds the text; null until it was looked up.</summary>
        public bool? IsTextWanted { get; set; }

        public bool Found { get; set; }

        public string? Statement { get; set; }
    }

    private readonly record struct Hit(int Offset, int End, Context? Context);
}

/// <summary>A row of the database.</summary>
internal sealed record StoredBlock(long FirstSeq, long LastSeq, byte[] PreviousHash, byte[] LastHash, byte[] Body);
