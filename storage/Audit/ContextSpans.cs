namespace JitProxy.Storage.Audit;

/// <summary>The fields of a definition where they lie. A text that it does not have is empty.</summary>
internal ref struct ContextSpans
{
    public ContextFields Fields { get; private set; }

    public ReadOnlySpan<byte> User { get; private set; }

    public ReadOnlySpan<byte> Actor { get; private set; }

    public ReadOnlySpan<byte> Client { get; private set; }

    public ReadOnlySpan<byte> Server { get; private set; }

    public ReadOnlySpan<byte> Database { get; private set; }

    public long Grant { get; private set; }

    public ReadOnlySpan<byte> Statement { get; private set; }

    public ReadOnlySpan<byte> Digest { get; private set; }

    public readonly bool IsStatementElsewhere => (Fields & ContextFields.StatementElsewhere) != 0;

    /// <summary>Reads a whole entry; false when it does not read as a definition.</summary>
    public static bool TryRead(EntryView entry, out ContextSpans context)
    {
        context = new() { Fields = (ContextFields)entry.Fields };
        var fields = context.Fields;
        var reader = new FieldReader(entry.Body);
        long grant = 0;
        if (!TryBytes(ref reader, fields, ContextFields.User, out var user)
            || !TryBytes(ref reader, fields, ContextFields.Actor, out var actor)
            || !TryBytes(ref reader, fields, ContextFields.Client, out var client)
            || !TryBytes(ref reader, fields, ContextFields.Server, out var server)
            || !TryBytes(ref reader, fields, ContextFields.Database, out var database)
            || ((fields & ContextFields.Grant) != 0 && !reader.TryNumber(out grant))
            || !TryBytes(ref reader, fields, ContextFields.Statement, out var statement)
            || !TryBytes(ref reader, fields, ContextFields.Digest, out var digest)
            || !reader.IsAtEnd)
        {
            return false;
        }

        context.User = user;
        context.Actor = actor;
        context.Client = client;
        context.Server = server;
        context.Database = database;
        context.Grant = grant;
        context.Statement = statement;
        context.Digest = digest;
        return true;
    }

    private static bool TryBytes(scoped ref FieldReader reader, ContextFields fields, ContextFields field, out ReadOnlySpan<byte> value)
    {
        value = default;
        return (fields & field) == 0 || reader.TryBytes(out value);
    }
}
