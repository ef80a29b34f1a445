using System.Collections.Immutable;
using System.Security.Cryptography;

namespace JitProxy.Storage.Audit;

/// <summary>Turns the bytes of a block back into records.</summary>
internal static class BlockDecoder
{
    /// <summary>The records that a filter wants, in order; false when the block is damaged.</summary>
    public static bool TryDecode(StoredBlock block, Predicate<AuditRecord> wants, List<AuditRecord> records)
    {
        using var chain = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        chain.AppendData(block.PreviousHash);
        var contexts = new Dictionary<uint, ContextTexts>();
        var hash = new byte[Block.HashSize];
        var body = block.Body.AsSpan();
        while (!body.IsEmpty)
        {
            if (!Entry.TryRead(body, out var entry))
                return false;
            body = body[entry.Size..];
            chain.AppendData(entry.Whole);
            if (entry.IsDefinition)
            {
                if (!ContextTexts.TryRead(entry, isWhole: true, out var texts))
                    return false;
                contexts[entry.Context] = texts;
                continue;
            }

            if (!TryRead(entry, contexts.GetValueOrDefault(entry.Context), out var record))
                return false;
            if (!wants(record))
                continue;
            chain.GetCurrentHash(hash);
            records.Add(record with { Hash = Convert.ToHexStringLower(hash) });
        }

        return true;
    }

    private static bool TryRead(EntryView entry, ContextTexts? texts, out AuditRecord record)
    {
        record = null!;
        var fields = (RecordFields)entry.Fields;
        var reader = new FieldReader(entry.Body);
        ReadOnlySpan<byte> parameters = default;
        ImmutableArray<string> masked = default;
        ImmutableArray<string?> values = default;
        string? error = null;
        string? detail = null;
        if (!reader.TryTime(out var at)
            || !TryNumber(ref reader, fields, RecordFields.Execution, out var execution)
            || (fields.HasFlag(RecordFields.Parameters) && !(reader.TryBytes(out parameters) && Parameters.TryDecode(parameters, out values)))
            || !TryNumber(ref reader, fields, RecordFields.Rows, out var rows)
            || !TryNumber(ref reader, fields, RecordFields.Bytes, out var bytes)
            || (fields.HasFlag(RecordFields.Masked) && !TryMasked(ref reader, out masked))
            || (fields.HasFlag(RecordFields.Error) && !reader.TryText(out error))
            || !TryNumber(ref reader, fields, RecordFields.Duration, out var duration)
            || (fields.HasFlag(RecordFields.Detail) && !reader.TryText(out detail))
            || !reader.IsAtEnd)
        {
            return false;
        }

        record = new AuditRecord
        {
            Seq = entry.Seq,
            At = at,
            Event = entry.Event,
            Execution = execution,
            User = texts?.User,
            Actor = texts?.Actor,
            Client = texts?.Client,
            Server = texts?.Server,
            Database = texts?.Database,
            Grant = texts?.Grant,
            Statement = texts?.Statement,
            IsStatementCut = texts?.IsStatementCut ?? false,
            IsStatementElsewhere = texts?.IsStatementElsewhere ?? false,
            Digest = texts?.Digest,
            Parameters = values,
            Rows = rows,
            Bytes = bytes,
            Masked = masked,
            Outcome = entry.Outcome,
            Error = error,
            Detail = detail,
            DurationMicroseconds = duration,
        };
        return true;
    }

    private static bool TryNumber(ref FieldReader reader, RecordFields fields, RecordFields field, out long? value)
    {
        value = null;
        if (!fields.HasFlag(field))
            return true;
        var isRead = reader.TryNumber(out var number);
        value = number;
        return isRead;
    }

    private static bool TryMasked(ref FieldReader reader, out ImmutableArray<string> masked)
    {
        masked = [];
        if (!reader.TryNumber(out var count) || count > reader.Rest.Length)
            return false;
        var names = ImmutableArray.CreateBuilder<string>((int)count);
        for (var index = 0; index < count; index++)
        {
            if (!reader.TryText(out var name))
                return false;
            names.Add(name!);
        }

        masked = names.MoveToImmutable();
        return true;
    }
}

/// <summary>A row of the database.</summary>
internal sealed record StoredBlock(long FirstSeq, long LastSeq, byte[] PreviousHash, byte[] LastHash, byte[] Body);
