using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using JitProxy.Policy.Approval;
using JitProxy.Policy.Grants;
using JitProxy.Policy.Redaction;
using JitProxy.Policy.Sql;
using JitProxy.Server.Capture;
using JitProxy.Server.Forward;

namespace JitProxy.Server.Decide;

/// <summary>Decides what records, and notices that leave the machine, keep of a statement's values; and takes out the rest.</summary>
/// <param name="policies">The configuration in force.</param>
/// <param name="catalogues">What names mean.</param>
/// <param name="secret">The installation's secret, of which the key for hashes is made.</param>
internal sealed class Redactor(PolicySnapshots policies, CatalogueCache catalogues, ReadOnlyMemory<byte> secret)
{
    // A key of its own: whoever chooses what is hashed under it must not be able to have the key of another use computed.
    private readonly byte[] _key = HKDF.DeriveKey(HashAlgorithmName.SHA256, secret.ToArray(), 32, info: "jitproxy audit redaction"u8.ToArray());
    private Recording? _plain;

    /// <summary>The key of hashes of parameters, literals and statements.</summary>
    public ReadOnlyMemory<byte> Key => _key;

    private RedactionPolicy Policy => policies.Current.Configuration.Audit.Redaction;

    /// <summary>True if it was decided by the rules in force.</summary>
    public bool IsCurrent(Recording? recording) => ReferenceEquals(recording?.Policy, Policy);

    /// <summary>Decides for a statement of a session.</summary>
    /// <param name="text">The statement.</param>
    /// <param name="who">Who sent it, and where.</param>
    /// <param name="known">What it reads, if that was found out already.</param>
    public Recording Decide(ReadOnlySpan<byte> text, SessionIdentity who, StatementAnalysis? known = null)
    {
        if (FindPlain() is { } plain)
            return plain;

        var analysis = known ?? (catalogues.Find(who.QualifiedDatabase) is { } catalogue ? policies.Current.Analyze(text, catalogue, who) : null);
        var written = Encoding.UTF8.GetString(text);
        return new(Policy.Pick(() => ValuesOf(who.Server, who.Database, written, analysis)), StatementValues.IsComplete(analysis), Policy);
    }

    /// <summary>Decides for the statement of a grant: a rule that matches on one of its databases matches.</summary>
    public Recording Decide(Grant grant)
    {
        if (FindPlain() is { } plain)
            return plain;

        var places = grant.Databases.Select(database => (Database: database, Analysis: Analyze(grant, database))).ToList();
        var redaction = Policy.Pick(() => places.SelectMany(place =>
        {
            var (server, name) = Split(place.Database);
            return ValuesOf(server, name, grant.Statement ?? "", place.Analysis);
        }));
        return new(redaction, places.TrueForAll(static place => StatementValues.IsComplete(place.Analysis)), Policy);
    }

    /// <summary>What is kept of a user's statement, and the digest that goes with it; null for both if the text may be kept.</summary>
    public (byte[]? Text, byte[]? Digest) Redact(ReadOnlySpan<byte> text, string user, SqlDialect dialect, Recording? recording)
    {
        var (redaction, hasKnownNames, _) = recording ?? Recording.Undecided;
        return redaction.Literals == KeptAs.Clear || text.IsEmpty
            ? default
            : (StatementRedactor.Redact(text, dialect, redaction.Literals, _key, hasKnownNames), Digest(text, user));
    }

    /// <summary>
    /// The digest of a text that is not kept: equal texts of one user have equal ones, and nobody without the key can try which text has it. A short literal
    /// could be found from SHA-256 within moments; and without the user in it, by sending guesses and comparing what is recorded of them.
    /// </summary>
    public byte[] Digest(ReadOnlySpan<byte> text, string user)
    {
        // Of fixed size, so that no other user and text have the same bytes.
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key);
        hash.AppendData(SHA256.HashData(Encoding.UTF8.GetBytes(user)));
        hash.AppendData(text);
        return hash.GetHashAndReset();
    }

    /// <summary>A grant's statement as notices that leave the machine have it; null for a role.</summary>
    public string? StatementOf(Grant grant)
    {
        if (grant.Statement is not { } statement)
            return null;

        return Redact(Encoding.UTF8.GetBytes(statement), grant.User, grant.Dialect, Decide(grant)).Text is { } kept ? Encoding.UTF8.GetString(kept) : statement;
    }

    /// <summary>A grant's rules for parameters as records and notices have them: approved values are values.</summary>
    public ImmutableArray<string> ParametersOf(Grant grant) =>
        grant.Request.Parameters.IsEmpty || Decide(grant).Redaction.Parameters == KeptAs.Clear
            ? grant.Request.Parameters
            : [.. grant.Request.Parameters.Select(static rule => $"{rule.Split('=', 2)[0]}=?")];

    // Without rules, and with everything kept, there is nothing to look at.
    private Recording? FindPlain()
    {
        var policy = Policy;
        if (policy.Rules.Length > 0 || policy.Otherwise.Literals != KeptAs.Clear)
            return null;

        var plain = _plain;
        return ReferenceEquals(plain?.Policy, policy) ? plain : _plain = new(policy.Otherwise, HasKnownNames: true, policy);
    }

    private StatementAnalysis? Analyze(Grant grant, string database)
    {
        var (server, name) = Split(database);
        return grant.Statement is { } statement && catalogues.Find(database) is { } catalogue
            ? policies.Current.Analyze(Encoding.UTF8.GetBytes(statement), catalogue, new(grant.User, "", server, name, grant.Dialect))
            : null;
    }

    private IEnumerable<ConditionValues> ValuesOf(string server, string database, string text, StatementAnalysis? analysis)
    {
        var configuration = policies.Current.Configuration;
        var project = configuration.FindProject(server, database)?.Name ?? "";

        // Of a server that is no longer there nothing is known.
        var known = configuration.Servers.TryGetValue(server, out var found)
            ? StatementValues.Of(project, found, database, text)
            : new() { InstanceId = server, DatabaseName = database, StatementText = text };
        return StatementValues.OfEachTable(known, analysis);
    }

    private static (string Server, string Database) Split(string database)
    {
        var slash = database.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? ("", database) : (database[..slash], database[(slash + 1)..]);
    }
}
