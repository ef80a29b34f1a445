using JitProxy.Server.Decide;

namespace JitProxy.Server.Authenticate;

/// <summary>Why an upstream could not be signed in to, or not be read.</summary>
/// <param name="Message">For people: names host and port; holds nothing that the other end sent.</param>
/// <param name="SqlState">The upstream's code, if it sent one.</param>
/// <param name="ServerText">The upstream's own text, for the operator's log; not for clients.</param>
/// <param name="ErrorCode">The upstream's number, if it is of the kind that has numbers (MySQL) and sent one.</param>
internal sealed record UpstreamFault(string Message, string? SqlState = null, string? ServerText = null, int? ErrorCode = null)
{
    /// <summary>sqlserver_rejected_establishment_of_sqlconnection: the server is there and does not want us.</summary>
    private const string Rejected = "08004";

    private const string Later = "Try again in a moment.";
    private const string Tell = "Tell whoever runs JitProxy; its log has the server's own words.";

    /// <summary>All that is known, for the operator's log.</summary>
    public string ForLog => ServerText is null ? Message : $"{Message}; the server says: {ServerText}";

    /// <summary>
    /// What a client is told. Codes that it can act on pass through; the service account's are not the client's own, and would only send it
    /// back to its password.
    /// </summary>
    public Refusal ToRefusal(string server, string database) => SqlState switch
    {
        "3D000" => Refuse("3D000", $"database \"{database}\" does not exist on server {server}", null, null),
        "53300" => Refuse("53300", $"server {server} has as many connections as it takes", null, Later),
        "57P03" => Refuse("57P03", $"server {server} does not take connections now: it is starting, stopping or recovering", null, Later),
        "55000" => Refuse("55000", $"database \"{database}\" on server {server} takes no connections", null, null),
        "28000" or "28P01" => Refuse(
            Rejected, $"server {server} does not accept JitProxy's own account", "Your password is right; the account that JitProxy uses there is not.", Tell),
        "42501" => Refuse(Rejected, $"server {server} does not let JitProxy's own account into database \"{database}\"", null, Tell),
        { } code when code.StartsWith("53", StringComparison.Ordinal) || code.StartsWith("57P", StringComparison.Ordinal) =>
            Refuse(code, $"server {server} refuses connections (SQLSTATE {code})", null, Later),
        _ => Refuse("08006", Message, null, null),
    };

    private static Refusal Refuse(string sqlState, string message, string? detail, string? hint) => new(default, sqlState, message, detail, hint);
}
