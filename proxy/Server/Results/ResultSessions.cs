using System.Text;
using JitProxy.Policy.Grants;
using JitProxy.Policy.Sql;
using JitProxy.Server.Accept;
using JitProxy.Server.Admin.Contract;
using JitProxy.Server.Authenticate;
using JitProxy.Server.Capture;
using JitProxy.Server.Forward;
using JitProxy.Server.Sessions;
using JitProxy.Server.Sessions.MySql;
using JitProxy.Server.Sessions.Postgres;

namespace JitProxy.Server.Results;

/// <summary>Opens sessions inside the process for the statements that the command line runs and exports.</summary>
/// <remarks>They are the sessions that serve clients, so such a statement is decided, recorded, masked and limited by the very same code.</remarks>
internal sealed class ResultSessions(SessionServices sessions, CatalogueCache catalogues, ConnectionNumbers numbers, Dialer dialer)
{
    // Values are written the way that formats know them, whatever the server's own settings are.
    private static readonly Dictionary<string, string> Settings = new(StringComparer.Ordinal)
    {
        ["application_name"] = "jitproxy",
        ["bytea_output"] = "hex",
        ["datestyle"] = "ISO",
    };

    private readonly UpstreamDialer _postgres = new(dialer, sessions.Policies, sessions.Log);
    private readonly MySqlDialer _mySql = new(dialer, sessions.Policies, sessions.Log);

    /// <summary>Starts the statement of a grant, or says why it cannot be started.</summary>
    /// <param name="grant">A statement grant: the session asks for it, and for no other.</param>
    /// <param name="database">One of its databases, <c>server/database</c>.</param>
    /// <param name="client">Where the request comes from, for the audit trail.</param>
    /// <param name="isExport">True if the rows leave as an export, which grant and project have to allow.</param>
    /// <param name="stop">Cancels the statement upstream.</param>
    public async Task<(ResultRun? Run, RunEnd? Fault)> OpenAsync(Grant grant, string database, string client, bool isExport, CancellationToken stop)
    {
        var slash = database.IndexOf('/', StringComparison.Ordinal);
        var who = new SessionIdentity(grant.User, client, database[..slash], database[(slash + 1)..], grant.Request.Dialect)
        {
            StartGrant = grant.Id,
            NeedsExport = isExport,
        };
        try
        {
            // The dialect of a request may be older than the server.
            var catalogue = await catalogues.GetAsync(who.QualifiedDatabase, stop);
            who = who with { Dialect = catalogue.Dialect };
            var statement = Encoding.UTF8.GetBytes(grant.Statement!);
            var (run, fault) = catalogue.Dialect switch
            {
                SqlDialect.PostgreSql => await OpenPostgresAsync(who, catalogue, statement, stop),
                SqlDialect.MySql or SqlDialect.MariaDb => await OpenMySqlAsync(who, statement, stop),
            };
            return (run, fault is null ? null : Refuse(fault, who));
        }
        catch (CatalogueFaultException e)
        {
            return (null, Refuse(e.Fault, who));
        }
    }

    private async Task<(ResultRun? Run, UpstreamFault? Fault)> OpenPostgresAsync(
        SessionIdentity who, Catalogue catalogue, byte[] statement, CancellationToken stop)
    {
        var use = who.NeedsExport ? UpstreamUse.Export : UpstreamUse.Session;
        var (upstream, fault) = await _postgres.DialAsync(who.Server, who.Database, catalogue, Settings, null, stop, use);
        if (upstream is null)
            return (null, fault);

        var (near, far) = MemoryConnection.CreatePair();
        var session = new PostgresSession(
            sessions, who with { SearchPath = catalogue.EffectiveSchema }, far, upstream.Connection, upstream.Cancel.SendAsync, static () => true);
        var reader = new PostgresResultReader(() => session.LastPlanned?.Plan);
        return (await ResultRun.StartAsync(near, far, upstream.Connection, session, reader, statement, stop), null);
    }

    private async Task<(ResultRun? Run, UpstreamFault? Fault)> OpenMySqlAsync(SessionIdentity who, byte[] statement, CancellationToken stop)
    {
        var (upstream, fault) = await _mySql.DialAsync(who.Server, who.Database, MySqlResultReader.Capabilities, null, stop);
        if (upstream is null)
            return (null, fault);

        var (near, far) = MemoryConnection.CreatePair();
        var session = new MySqlSession(sessions, who, new(MySqlResultReader.Capabilities, 0), far, upstream, numbers, static () => true);
        var reader = new MySqlResultReader(() => session.LastPlanned?.Plan, () => session.LastRefusal);
        return (await ResultRun.StartAsync(near, far, upstream.Connection, session, reader, statement, stop), null);
    }

    private static RunEnd Refuse(UpstreamFault fault, SessionIdentity who)
    {
        var refusal = fault.ToRefusal(who.Server, who.Database);
        return new(0, refusal.Message, refusal.Detail, refusal.Hint);
    }
}
