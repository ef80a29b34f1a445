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

    public bool IsStatementRedacted { get; private init; }

    /// <param name="entry">The definition.</param>
    /// <param name="isWhole">False to leave the statement and its digest out, which the index does not need.</param>
    /// <param name="texts">The texts; null when they do not read.</param>
    public static bool TryRead(EntryView entry, bool isWhole, out ContextTexts texts)
    {
        var isRead = ContextSpans.TryRead(entry, out var spans);
        texts = isRead ? Of(spans, isWhole) : null!;
        return isRead;
    }

    public static ContextTexts Of(in ContextSpans spans, bool isWhole) => new()
    {
        User = Text(spans, ContextFields.User, spans.User),
        Actor = Text(spans, ContextFields.Actor, spans.Actor),
        Client = Text(spans, ContextFields.Client, spans.Client),
        Server = Text(spans, ContextFields.Server, spans.Server),
        Database = Text(spans, ContextFields.Database, spans.Database),
        Grant = spans.Fields.HasFlag(ContextFields.Grant) ? spans.Grant : null,
        Statement = isWhole ? Text(spans, ContextFields.Statement, spans.Statement) : null,
        Digest = isWhole && spans.Fields.HasFlag(ContextFields.Digest) ? Convert.ToHexStringLower(spans.Digest) : null,
        IsStatementElsewhere = spans.IsStatementElsewhere,
        IsStatementCut = spans.Fields.HasFlag(ContextFields.StatementCut),
        IsStatementRedacted = spans.Fields.HasFlag(ContextFields.StatementRedacted),
    };

    private static string? Text(in ContextSpans spans, ContextFields field, ReadOnlySpan<byte> value) =>
        spans.Fields.HasFlag(field) ? Encoding.UTF8.GetString(value) : null;
}
