using System.Text;

namespace JitProxy.Storage.Audit;

/// <summary>A definition as people read it.</summary>
internal sealed record ContextTexts
{
    public string? User { get; private init; }

    public string? Actor { get; private init; }

    public string? Client { get; private init; }

    public string? Server { get; private init; }

    public string? Database { get; private init; }

    public long? Grant { get; private init; }

    public string? Statement { get; private init; }

    public string? Digest { get; private init; }

    public bool IsStatementElsewhere { get; private init; }

    public bool IsStatementCut { get; private init; }

    /// <param name="entry">The definition.</param>
    /// <param name="isWhole">False to leave the statement and its digest out, which the index does not need.</param>
    /// <param name="texts">The texts; null when they do not read.</param>
    public static bool TryRead(EntryView entry, bool isWhole, out ContextTexts texts)
    {
        texts = null!;
        var fields = (ContextFields)entry.Fields;
        var reader = new FieldReader(entry.Body);
        long grant = 0;
        ReadOnlySpan<byte> statement = default;
        ReadOnlySpan<byte> digest = default;
        if (!TryText(ref reader, fields, ContextFields.User, out var user)
            || !TryText(ref reader, fields, ContextFields.Actor, out var actor)
            || !TryText(ref reader, fields, ContextFields.Client, out var client)
            || !TryText(ref reader, fields, ContextFields.Server, out var server)
            || !TryText(ref reader, fields, ContextFields.Database, out var database)
            || (fields.HasFlag(ContextFields.Grant) && !reader.TryNumber(out grant))
            || (fields.HasFlag(ContextFields.Statement) && !reader.TryBytes(out statement))
            || (fields.HasFlag(ContextFields.Digest) && !reader.TryBytes(out digest))
            || !reader.IsAtEnd)
        {
            return false;
        }

        texts = new ContextTexts
        {
            User = user,
            Actor = actor,
            Client = client,
            Server = server,
            Database = database,
            Grant = fields.HasFlag(ContextFields.Grant) ? grant : null,
            Statement = isWhole && fields.HasFlag(ContextFields.Statement) ? Encoding.UTF8.GetString(statement) : null,
            Digest = isWhole && fields.HasFlag(ContextFields.Digest) ? Convert.ToHexStringLower(digest) : null,
            IsStatementElsewhere = fields.HasFlag(ContextFields.StatementElsewhere),
            IsStatementCut = fields.HasFlag(ContextFields.StatementCut),
        };
        return true;
    }

    private static bool TryText(ref FieldReader reader, ContextFields fields, ContextFields field, out string? value)
    {
        value = null;
        return !fields.HasFlag(field) || reader.TryText(out value);
    }
}
