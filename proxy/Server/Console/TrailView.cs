using JitProxy.Storage.Audit;

namespace JitProxy.Server.Console;

/// <summary>Records of the trail as rows.</summary>
internal static class TrailView
{
    private const int StatementLength = 140;

    /// <summary>The records, in the order given.</summary>
    public static Html Table(IEnumerable<AuditRecord> records) => Html.Of($"""
        <div class="scroll" tabindex="0" role="region" aria-label="Records"><table class="list trail">
        <thead><tr><th scope="col">Record</th><th scope="col">When</th><th scope="col">What</th><th scope="col">User</th><th scope="col">On</th>
        <th scope="col">Grant</th><th scope="col">Rows</th><th scope="col">About</th></tr></thead>
        <tbody>{Html.Each(records, Row)}</tbody></table></div>
        """);

    /// <summary>What became of one grant's statement: the same without what is the same in all.</summary>
    public static Html Ends(IEnumerable<AuditRecord> records) => Html.Of($"""
        <div class="scroll" tabindex="0" role="region" aria-label="Records"><table class="list">
        <thead><tr><th scope="col">Record</th><th scope="col">When</th><th scope="col">What</th><th scope="col">Rows</th><th scope="col">From</th></tr></thead>
        <tbody>{Html.Each(records, static r => Html.Of($"""
            <tr><th scope="row"><a href="/trail/{r.Seq}">{r.Seq}</a></th><td>{Parts.ExactTime(r.At)}</td><td>{What(r)}</td><td class="number">{r.Rows}</td>
            <td>{r.Client} {(r.Error is { } error ? Parts.Aside(Cut(error)) : default)}</td></tr>
            """))}</tbody></table></div>
        """);

    /// <summary>What happened, as a badge.</summary>
    public static Html What(AuditRecord record) => Html.Of($"""
        <span class="badge {Class(record)}">{AuditNames.Of(record.Event).Replace('_', ' ')}{Outcome(record)}</span>
        """);

    private static string Class(AuditRecord record) => record.Event switch
    {
        AuditEvent.Authorized or AuditEvent.GrantApproved => "active",
        AuditEvent.Denied or AuditEvent.LoginRefused or AuditEvent.GrantRejected or AuditEvent.GrantRevoked or AuditEvent.TlsInjection
            or AuditEvent.Lost or AuditEvent.MessageRefused or AuditEvent.ConfigurationRefused => "revoked",
        AuditEvent.Finished => record.Outcome == AuditOutcome.Ok ? "canceled" : "revoked",
        AuditEvent.GrantRequested or AuditEvent.GrantExtended => "pending",
        _ => "canceled",
    };

    private static Html Row(AuditRecord record) => Html.Of($"""
        <tr><th scope="row"><a href="/trail/{record.Seq}">{record.Seq}</a></th><td>{Parts.ExactTime(record.At)}</td><td>{What(record)}</td>
        <td>{record.User}{(record.Actor is { } actor ? Html.Of($""" <span class="dim">by {actor}</span>""") : default)}</td>
        <td>{record.Database ?? record.Server}</td>
        <td>{(record.Grant is { } grant ? Html.Of($"""<a href="/grants/{grant}">{grant}</a>""") : default)}</td>
        <td class="number">{record.Rows}</td>
        <td class="wide">{About(record)}</td></tr>
        """);

    private static Html About(AuditRecord record) => record switch
    {
        { Event: AuditEvent.Finished, Error: { } error } => Html.Of($"""<span class="dim">{Cut(error)}</span>"""),
        { Statement: { } statement, Detail: var detail } => Html.Of($"""
            <code>{StatementView.Escaped(Cut(statement))}</code>{(detail is null ? default : Parts.Aside(Cut(detail)))}
            """),
        { Detail: { } detail } => Html.Of($"""<span class="dim">{Cut(detail)}</span>"""),
        _ => Html.Nothing,
    };

    private static string Outcome(AuditRecord record) =>
        record.Outcome is AuditOutcome.None or AuditOutcome.Ok or AuditOutcome.Refused ? "" : $": {AuditNames.Of(record.Outcome)}";

    private static string Cut(string text) => StatementView.Beginning(text, StatementLength);
}
