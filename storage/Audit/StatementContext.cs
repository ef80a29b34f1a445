using JitProxy.Policy.Grants;

namespace JitProxy.Storage.Audit;

/// <summary>What all executions of one statement by one session have in common, encoded once.</summary>
/// <remarks>
/// Make one per session and decided statement and keep it with the decision: the trail writes its texts once, and then a number.
/// May be used by several threads at a time.
/// </remarks>
public sealed class StatementContext
{
    // A definition up to this size is repeated as it is where a record must be able to stand without the first one; a larger
    // one is repeated without its statement, so that what is kept free for the ends of executions stays small.
    private const int RepeatSizeMax = 1024;

    /// <summary>Encodes the context of a statement that a grant lets run.</summary>
    /// <param name="user">The person signed in.</param>
    /// <param name="client">The client's address.</param>
    /// <param name="server">The server's name in the configuration.</param>
    /// <param name="permit">The permit: gives the grant, the database and the text.</param>
    /// <param name="digest">The statement's key; empty to have SHA-256 of the text taken. Copied.</param>
    /// <param name="redacted">What is kept instead of the text, which then needs a digest that tells nothing of it; null to keep the text. Copied.</param>
    public StatementContext(
        string user, string client, string server, Permit permit, ReadOnlySpan<byte> digest = default, byte[]? redacted = null)
        : this(new ContextNames(user, null, client, server, permit.Database), permit.Grant.Id, permit.ApprovedText, digest, redacted) => Permit = permit;

    internal StatementContext(
        in ContextNames names, long? grant, ReadOnlySpan<byte> statement, ReadOnlySpan<byte> digest, byte[]? redacted = null)
    {
        if (redacted is not null && digest.IsEmpty)
            throw new ArgumentException("the digest of a text that is not kept may not be SHA-256 of what is kept, nor of what is not", nameof(digest));

        Grant = grant;
        var kept = redacted ?? statement;
        var extra = redacted is null ? ContextFields.None : ContextFields.StatementRedacted;
        Full = ContextImage.Create(names, grant, kept, digest, extra);
        Short = Full.Size <= RepeatSizeMax
            ? Full
            : ContextImage.Create(names, grant, kept, digest, extra | ContextFields.StatementElsewhere);
    }

    /// <summary>The permit; null for housekeeping.</summary>
    public Permit? Permit { get; }

    /// <summary>The grant that lets the statement run; null for housekeeping.</summary>
    public long? Grant { get; }

    internal ContextImage Full { get; }

    /// <summary>The definition for an end of execution whose beginning lies in another part of the journal.</summary>
    internal ContextImage Short { get; }

    /// <summary>What the journal keeps free for each open execution of this context.</summary>
    internal int Reserve => Short.Size + RecordImage.ShortSizeMax;

    /// <summary>The lap of the journal that holds the definition, and its number there. Under the journal's lock.</summary>
    internal object? DefinedIn { get; set; }

    internal uint DefinedAs { get; set; }

    /// <summary>Encodes the context of a statement that the housekeeping rules let run.</summary>
    /// <param name="user">The person signed in.</param>
    /// <param name="client">The client's address.</param>
    /// <param name="server">The server's name in the configuration.</param>
    /// <param name="database">The database as <c>server/database</c>.</param>
    /// <param name="statement">The text that goes upstream, UTF-8. Copied.</param>
    /// <param name="digest">The statement's key; empty to have SHA-256 of the text taken. Copied.</param>
    /// <param name="redacted">What is kept instead of the text; null to keep the text. Copied.</param>
    public static StatementContext ForHousekeeping(
        string user,
        string client,
        string server,
        string database,
        ReadOnlySpan<byte> statement,
        ReadOnlySpan<byte> digest = default,
        byte[]? redacted = null) =>
        new(new ContextNames(user, null, client, server, database), null, statement, digest, redacted);
}
