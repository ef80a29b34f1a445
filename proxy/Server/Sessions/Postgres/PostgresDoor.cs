using System.Buffers;
using JitProxy.Policy.Sql;
using JitProxy.Server.Accept;
using JitProxy.Server.Authenticate;
using JitProxy.Server.Capture;
using JitProxy.Server.Cli;
using JitProxy.Server.Configuration;
using JitProxy.Server.Decide;
using JitProxy.Server.Forward;
using JitProxy.Server.Hosting;
using JitProxy.Server.Share;
using JitProxy.Storage.Audit;
using JitProxy.Wire;
using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Sessions.Postgres;

/// <summary>Where clients of one PostgreSQL server come in: signs them in, connects them upstream, and runs their session.</summary>
internal sealed class PostgresDoor : IDisposable
{
    private static readonly TimeSpan LingerTimeout = TimeSpan.FromSeconds(2);

    private readonly ProxyRuntime _runtime;
    private readonly string _server;
    private readonly TlsIdentity? _identity;
    private readonly PostgresLogin _login;
    private readonly UpstreamDialer _dialer;
    private readonly Lanes _lanes;
    private readonly SessionLog _log;

    private PostgresDoor(ProxyRuntime runtime, ServerConfiguration server, Transport transport, TlsIdentity? identity)
    {
        (_runtime, _server, Transport, _identity) = (runtime, server.Name, transport, identity);
        _log = runtime.Sessions.Log;
        _dialer = new(transport, runtime.Policies, _log, runtime.Clock);
        _lanes = new(server.Name, _dialer, runtime.Policies, runtime.Clock);
        _login = new(new()
        {
            TlsMode = server.Tls.Mode,
            Identity = identity,
            FindUser = name => ScramAccount.Of(runtime.Users.FindOrMock(name), runtime.Clock.GetUtcNow()),
            Limiter = runtime.Logins,
            Timeout = runtime.Policies.Current.Limits.LoginTimeout,
            Clock = runtime.Clock,
        });
    }

    /// <summary>What connections run on.</summary>
    public Transport Transport { get; }

    /// <summary>What the listener does with connections.</summary>
    public ListenerHandlers Handlers => new(ServeAsync, RefuseAsync);

    /// <summary>The door of a server; the transport outlives it.</summary>
    /// <exception cref="IOException">Certificate or key cannot be read.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">Certificate or key cannot be used.</exception>
    public static PostgresDoor Create(ProxyRuntime runtime, ServerConfiguration server, Transport transport)
    {
        var identity = server.Tls.Mode == ListenerTlsMode.Disable ? null : TlsIdentity.Load(server.Tls.Certificate!, server.Tls.Key!);
        return new(runtime, server, transport, identity);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _lanes.Dispose();
        _identity?.Dispose();
    }

    private async Task ServeAsync(Connection client, CancellationToken stop)
    {
        switch (await _login.RunAsync(client, stop))
        {
            case LoginAccepted accepted:
                await OpenAsync(client, accepted, stop);
                break;
            case CancelAsked cancel:
                // Whether the key was right is not told: the connection just closes, as the server's does.
                _runtime.Cancels.TryCancel(cancel.ProcessId, cancel.Key);
                break;
            case LoginRefused refused:
                Record(AuditEvent.LoginRefused, client, refused.User, refused.Database, $"{refused.Refusal}: {refused.Why}");
                await client.LingerAsync(LingerTimeout, _runtime.Clock);
                break;
            case LoginBroken broken:
                _log.ClosedBeforeLogin(AddressOf(client), broken.Violation.ToString());
                if (broken.Violation == ProtocolViolation.BytesBeforeTls)
                    Record(AuditEvent.TlsInjection, client, null, null, "bytes were sent in clear ahead of the TLS handshake");

                break;
            case ClientLeft:
                break;
        }
    }

    private async Task OpenAsync(Connection client, LoginAccepted login, CancellationToken stop)
    {
        var who = new SessionIdentity(login.User, AddressOf(client), _server, login.Database, SqlDialect.PostgreSql) { StartGrant = login.Grant };
        if (_runtime.Policies.Current.Configuration.FindProject(_server, login.Database) is null)
        {
            Record(AuditEvent.LoginRefused, client, who.User, login.Database, "no project covers the database");
            await RefuseAsync(client, "3D000", $"no project of JitProxy covers database \"{login.Database}\" of server {_server}", stop);
            return;
        }

        Catalogue catalogue;
        try
        {
            catalogue = await _runtime.Catalogues.GetAsync(who.QualifiedDatabase, stop);
        }
        catch (CatalogueFaultException e)
        {
            await RefuseAsync(client, who, e.Fault, stop);
            return;
        }

        var dialed = await _dialer.DialAsync(_server, who.Database, catalogue, login.Settings, client, stop);
        if (dialed.Upstream is not { } upstream)
        {
            await RefuseAsync(client, who, dialed.Fault!, stop);
            return;
        }

        var lane = _lanes.Find(client, who.Database, catalogue, login.Settings);
        await using (upstream.Connection)
            await RunAsync(client, upstream, lane, who, login, stop);
    }

    private async Task RunAsync(Connection client, DialedUpstream upstream, Lane? lane, SessionIdentity who, LoginAccepted login, CancellationToken stop)
    {
        using var session = new PostgresSession(_runtime.Sessions, who, client, upstream.Connection, upstream.Cancel.SendAsync, () => IsWelcome(login), lane);
        var key = _runtime.Cancels.Register(login.ProtocolMinor >= 2, session.CancelByClient);
        try
        {
            foreach (var (name, value) in upstream.Session.ParameterStatuses)
            {
                if (ReportedSettings.IsReported(name))
                    ReportedSettings.Write(client.Output, name, value, who.User);
            }

            PgBackendKeyData.Write(client.Output, key.ProcessId, key.Secret);
            PgReadyForQuery.Write(client.Output, PgTransactionStatus.Idle);
            _runtime.Recorder.Note(AuditEvent.Login, who, login.Credential.ToString());
            await client.EnterLoopAsync();
            await upstream.Connection.EnterLoopAsync();
            await client.Output.FlushAsync(stop);
            var end = await session.RunAsync(stop);
            if (end is SessionEnd.UpstreamLost or SessionEnd.UpstreamViolation or SessionEnd.OutOfStep)
                _log.EndedBadly(who.User, who.QualifiedDatabase, end);

            _runtime.Recorder.Note(AuditEvent.Logout, who, end.ToString());
            if (session.SaidFarewell)
            {
                client.LeaveLoop();
                await client.LingerAsync(LingerTimeout, _runtime.Clock);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            _runtime.Recorder.Note(AuditEvent.Logout, who, SessionEnd.ClientLost.ToString());
        }
        catch (Exception e)
        {
            // A bug of ours: the session ends without a further byte, and the bug is seen.
            _log.Failed(e, who.User, who.QualifiedDatabase);
            _runtime.Recorder.Note(AuditEvent.Logout, who, "internal error");
            throw;
        }
        finally
        {
            _runtime.Cancels.Remove(key);
        }
    }

    private bool IsWelcome(LoginAccepted login)
    {
        if (!_runtime.Users.Contains(login.User))
            return false;

        if (login.Credential.TokenId is not { } token)
            return true;

        var now = _runtime.Clock.GetUtcNow();
        return !(login.Credential.ExpiresAt <= now) && _runtime.Users.FindOrMock(login.User).SecretsAt(now).Any(s => s.TokenId == token);
    }

    private Task RefuseAsync(Connection client, CancellationToken stop) =>
        RefuseAsync(client, "53300", $"JitProxy has as many connections as its limits.connections allows; try again in a moment", stop);

    private Task RefuseAsync(Connection client, SessionIdentity who, UpstreamFault fault, CancellationToken stop)
    {
        _log.UpstreamUnavailable(who.User, who.QualifiedDatabase, PlainText.OneLine(fault.ForLog));
        return RefuseAsync(client, fault.ToRefusal(who.Server, who.Database), stop);
    }

    private Task RefuseAsync(Connection client, string sqlState, string message, CancellationToken stop) =>
        RefuseAsync(client, new(default, sqlState, message, null, null), stop);

    private async Task RefuseAsync(Connection client, Refusal refusal, CancellationToken stop)
    {
        client.Output.Write(refusal.ToErrorResponse("FATAL"));
        await client.Output.FlushAsync(stop);
        await client.LingerAsync(LingerTimeout, _runtime.Clock);
    }

    private void Record(AuditEvent what, Connection client, string? user, string? database, string detail) =>
        _runtime.Trail.TryRecord(
            new()
            {
                Event = what,
                User = user,
                Client = AddressOf(client),
                Server = _server,
                Database = database is null ? null : $"{_server}/{database}",
                Detail = detail,
            },
            out _,
            out _);

    private static string AddressOf(Connection client) => client.RemoteEndPoint?.ToString() ?? "local";
}
