// The API's map: what there is, what it takes and answers, and what does it.
using System.Collections.Immutable;
using JitProxy.Server.Admin.Contract;
using JitProxy.Server.Admin.OpenApi;
using Microsoft.AspNetCore.Http;

namespace JitProxy.Server.Admin;

/// <summary>An operation's work.</summary>
internal delegate Task ApiAnswer(HttpContext context, Caller caller);

/// <summary>All operations that take a caller.</summary>
internal static class ApiMap
{
    private static readonly ApiParameter Follow = new("follow", ApiValue.Flag, "Whether to wait for more records.");

    private static readonly ApiParameter Format = new("format", ApiValue.Text, "What lines are; jsonl when not said.", "jsonl", "csv");

    /// <summary>The operations with what does them.</summary>
    public static ImmutableArray<(ApiOperation Operation, ApiAnswer Answer)> Of(AdminServices services)
    {
        var users = new UserEndpoints(services);
        var grants = new GrantEndpoints(services);
        var audit = new AuditEndpoints(services);
        return
        [
            (new("GET", "/v1/users", "Lists everybody who may sign in") { Tag = "users", Answer = typeof(UserView[]), Faults = [403] }, users.ListAsync),
            (new("POST", "/v1/users", "Adds a user")
            {
                Tag = "users", Body = typeof(UserBody), Answer = typeof(UserView), Faults = [400, 403, 409, 503],
            }, users.AddAsync),
            (new("DELETE", "/v1/users/{name}", "Removes a user, with tokens, sessions and grants")
            {
                Tag = "users", Answer = typeof(Done), Faults = [403, 409, 503],
            }, users.RemoveAsync),
            (new("PUT", "/v1/users/{name}/password", "Changes a password")
            {
                Tag = "users", Body = typeof(UserBody), Answer = typeof(Done), Faults = [400, 403, 409, 503],
                Description = "Everybody the own one, the administrator all.",
            }, users.ChangePasswordAsync),
            (new("GET", "/v1/tokens", "Lists the caller's tokens") { Tag = "tokens", Answer = typeof(TokenShown[]) }, users.ListTokensAsync),
            (new("POST", "/v1/tokens", "Makes a token")
            {
                Tag = "tokens", Body = typeof(TokenBody), Answer = typeof(TokenView), Faults = [400, 409, 503],
                Description = "It is a password for databases, too, until it ends. Its secret is shown this once.",
            }, users.CreateTokenAsync),
            (new("DELETE", "/v1/tokens/{id:long}", "Takes a token back, and ends its sessions")
            {
                Tag = "tokens", Answer = typeof(Done), Faults = [409, 503],
            }, users.RevokeTokenAsync),
            .. Grants(grants),
            (new("POST", "/v1/grants/{id:long}/export", "Exports the rows of the caller's own grant into a file")
            {
                Tag = "grants", Body = typeof(ExportBody), AnswerType = ExportFrame.MediaType, Faults = [400, 403, 404, 409],
                Description = "Frames of a kind (1 byte), a size (4, big endian) and a body: H, the columns (JSON ExportHead); K, how many bytes of what it "
                    + "holds the caller keeps (8, big endian); D, bytes of the file; P, how far it is (JSON ExportProgress); E, how it ended (JSON ExportEnd).",
            }, new ExportEndpoint(services).ExportAsync),
            .. Audit(audit),
            (new("GET", "/metrics", "Metrics for Prometheus")
            {
                Tag = "probes", AnswerType = "text/plain",
            }, (context, _) => OpenEndpoints.MetricsAsync(context, services.Probes)),
        ];
    }

    private static IEnumerable<(ApiOperation Operation, ApiAnswer Answer)> Grants(GrantEndpoints grants) =>
    [
        (new("GET", "/v1/grants", "Lists requests and grants")
        {
            Tag = "grants", Answer = typeof(GrantsPage), Query = GrantQuery.Parameters, Faults = [400],
            Description = "Users see their own, owners those of their projects, holders of a workspace role and the administrator all.",
        }, grants.ListAsync),
        (new("POST", "/v1/grants", "Asks for a grant")
        {
            Tag = "grants", Body = typeof(RequestBody), Answer = typeof(GrantDetail), Faults = [400, 404, 409, 503],
        }, grants.RequestAsync),
        (new("GET", "/v1/grants/{id:long}", "Shows one in full, with what its statement reads")
        {
            Tag = "grants", Answer = typeof(GrantDetail), Faults = [404],
        }, grants.ShowAsync),
        Change("approve", "Signs the next step", grants.ApproveAsync),
        Change("reject", "Turns a request down", grants.RejectAsync),
        Change("cancel", "Withdraws a request", grants.CancelAsync),
        Change("revoke", "Ends an active grant", grants.RevokeAsync),
        Change("review", "Notes that a break-glass grant was looked at", grants.ReviewAsync),
        Change("extend", "Asks for more time", grants.ExtendAsync),
        (new("POST", "/v1/grants/{id:long}/run", "Runs the statement of the caller's own grant")
        {
            Tag = "grants", Body = typeof(RunBody), Answer = typeof(RunLine), AnswerType = AdminHeaders.Lines, Faults = [400, 403, 404, 409],
            Description = "JSON Lines: the columns, each row, and the end.",
        }, grants.RunAsync),
        (new("POST", "/v1/explain", "Says what would happen to a statement")
        {
            Tag = "grants", Body = typeof(ExplainBody), Answer = typeof(Explanation), Faults = [400],
        }, grants.ExplainAsync),
    ];

    private static (ApiOperation Operation, ApiAnswer Answer) Change(string verb, string summary, ApiAnswer answer) =>
        (new("POST", $"/v1/grants/{{id:long}}/{verb}", summary)
        {
            Tag = "grants",
            Body = typeof(ChangeBody),
            Answer = typeof(GrantDetail),
            Faults = [400, 404, 409, 503],
        }, answer);

    private static IEnumerable<(ApiOperation Operation, ApiAnswer Answer)> Audit(AuditEndpoints audit) =>
    [
        (new("GET", "/v1/audit", "Reads a page of the audit trail")
        {
            Tag = "audit", Answer = typeof(RecordsPage), Query = [.. AuditQuery.Parameters, .. GrantQuery.Paging], Faults = [400, 503],
            Description = "Newest first. Users see their own records, owners those of their databases, holders of a workspace role and the administrator all. "
                + "A page is answered in a tenth of a second: what was not looked at by then is looked at for the next one, and cut_short is true.",
        }, audit.PageAsync),
        (new("GET", "/v1/audit/lines", "Reads the audit trail as JSON Lines")
        {
            Tag = "audit", Answer = typeof(AuditView), AnswerType = AdminHeaders.Lines, Query = [.. AuditQuery.Parameters, Follow, Format], Faults = [400, 503],
            Description = "Oldest first, to the end, and on request the records to come. As CSV, cells that would be computed have an apostrophe in front.",
        }, audit.LinesAsync),
        (new("GET", "/v1/audit/counts", "Counts records by hour or day, for plots")
        {
            Tag = "audit", Answer = typeof(CountView[]), Query = AuditEndpoints.CountParameters, Faults = [400, 403],
        }, audit.CountAsync),
        (new("GET", "/v1/audit/{id:long}", "Shows one record") { Tag = "audit", Answer = typeof(AuditView), Faults = [404, 503] }, audit.ShowAsync),
        (new("POST", "/v1/audit/verify", "Checks the hash chain")
        {
            Tag = "audit", Answer = typeof(VerifyLine), AnswerType = AdminHeaders.Lines, Faults = [403],
            Description = "JSON Lines: how far it is, and on the last line what it found.",
        }, audit.VerifyAsync),
    ];
}
