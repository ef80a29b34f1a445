using JitProxy.Server.Accept;
using JitProxy.Server.Authenticate;
using JitProxy.Server.Capture;
using JitProxy.Server.Cli;
using JitProxy.Server.Configuration;
using JitProxy.Server.Decide;
using JitProxy.Server.Hosting;
using JitProxy.Server.Share;
using JitProxy.Storage.Audit;
using JitProxy.Wire;
using Microsoft.Extensions.Logging;

namespace JitProxy.Server.Sessions;

/// <summary>Where clients of one server come in: signs them in, connects them upstream, and runs their session. The engines speak for themselves.</summary>
internal abstract class Door : IDisposable
{
    private static readonly TimeSpan LingerTimeout = TimeSpan.FromSeconds(2);

    private readonly TlsRenewal? _renewal;

    /// <summary>A door.</summary>
    /// <param name="runtime">What the proxy has one of.</param>
    /// <param name="server">The server's name in the configuration.</param>
    /// <param name="transport">What connections run on; it outlives the door.</param>
    /// <param name="identity">The listener's certificate; disposed of with the door. Null if it has none.</param>
    protected Door(ProxyRuntime runtime, string server, Transport transport, TlsIdentity? identity)
    {
        (Runtime, Server, Transport) = (runtime, server, transport);
        Log = runtime.Sessions.Log;
        _renewal = identity is null ? null : new(identity, runtime.Logs.CreateLogger<TlsRenewal>(), runtime.Clock);
    }

    /// <summary>What connections run on.</summary>
    public Transport Transport { get; }

    /// <summary>What the listener does with connections.</summary>
    public ListenerHandlers Handlers => new(ServeAsync, RefuseOneTooManyAsync, LoginsAreLight);

    /// <summary>The server's name in the configuration.</summary>
    public string ServerName => Server;

    /// <summary>The connections to its server as of now. Safe on any thread.</summary>
    public abstract (PoolFigures Pool, LaneFigures Lanes) Look();

    /// <summary>True if what a login computes is less than the wake-ups that another thread would cost: it runs on the connection's loop then.</summary>
    protected virtual bool LoginsAreLight => false;

    /// <summary>What the proxy has one of.</summary>
    protected ProxyRuntime Runtime { get; }

    /// <summary>The server's name in the configuration.</summary>
    protected string Server { get; }

    /// <summary>Where sessions say what operators may need.</summary>
    protected SessionLog Log { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(isDisposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>The certificate that a server's listener shows; null if it has none.</summary>
    /// <exception cref="IOException">Certificate or key cannot be read.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">Certificate or key cannot be used.</exception>
    protected static TlsIdentity? IdentityOf(ServerConfiguration server) =>
        server.Tls.Mode == ListenerTlsMode.Disable ? null : TlsIdentity.Load(server.Tls.Certificate!, server.Tls.Key!);

    /// <summary>Where a client comes from.</summary>
    protected static string AddressOf(Connection client) => client.RemoteEndPoint?.ToString() ?? "local";

    /// <summary>Lets go of what the door has.</summary>
    protected virtual void Dispose(bool isDisposing) => _renewal?.Dispose();

    /// <summary>Takes a new connection to the outcome of its login; null if it was told why there can be none.</summary>
    protected abstract Task<LoginOutcome?> LoginAsync(Connection client, CancellationToken stop);

    /// <summary>Lets a client in that is signed in, and serves what else a login of the engine can end in.</summary>
    /// <returns>The visit that begins; null if the client was told why there can be none, or asked for something that is done.</returns>
    protected abstract Task<Visit?> OpenAsync(Connection client, LoginOutcome outcome, CancellationToken stop);

    /// <summary>Writes the last message that a client gets.</summary>
    /// <param name="client">The client.</param>
    /// <param name="refusal">Why.</param>
    /// <param name="login">The login that was accepted; null if there was none.</param>
    protected abstract void WriteRefusal(Connection client, Refusal refusal, LoginOutcome? login);

    /// <summary>Tells a client why there is no session for it.</summary>
    protected async Task RefuseAsync(Connection client, Refusal refusal, LoginOutcome? login, CancellationToken stop)
    {
        WriteRefusal(client, refusal, login);
        await client.Output.FlushAsync(stop);
        await client.LingerAsync(LingerTimeout, Runtime.Clock);
    }

    /// <summary>Tells a client that its server cannot be used, and the operator why.</summary>
    protected Task RefuseAsync(Connection client, SessionIdentity who, UpstreamFault fault, LoginOutcome? login, CancellationToken stop)
    {
        Log.UpstreamUnavailable(who.User, who.QualifiedDatabase, PlainText.OneLine(fault.ForLog));
        return RefuseAsync(client, fault.ToRefusal(who.Server, who.Database), login, stop);
    }

    /// <summary>Tells a client that nothing of the server is there for it.</summary>
    protected Task RefuseUncoveredAsync(Connection client, SessionIdentity who, string what, LoginOutcome login, CancellationToken stop)
    {
        Record(AuditEvent.LoginRefused, client, who.User, who.Database, "no project covers the database");
        return RefuseAsync(client, new(default, "3D000", $"no project of JitProxy covers {what} of server {Server}", null, null), login, stop);
    }

    /// <summary>True while a person may be signed in with this secret.</summary>
    /// <param name="user">The person.</param>
    /// <param name="tokenId">The token; null for the password.</param>
    /// <param name="expiresAt">When the token ends; null for the password.</param>
    public bool IsWelcome(string user, long? tokenId, DateTimeOffset? expiresAt)
    {
        if (!Runtime.Users.Contains(user))
            return false;

        if (tokenId is not { } token)
            return true;

        var now = Runtime.Clock.GetUtcNow();
        return !(expiresAt <= now) && Runtime.Users.FindOrMock(user).SecretsAt(now).Any(s => s.TokenId == token);
    }

    private async Task RunAsync(Visit visit, string credential, CancellationToken stop)
    {
        var (who, client) = (visit.Who, visit.Client);
        try
        {
            Runtime.Recorder.Note(AuditEvent.Login, who, credential);
            await client.EnterLoopAsync();
            await visit.Upstream.EnterLoopAsync();
            await client.Output.FlushAsync(stop);
            var end = await visit.RunAsync(stop);
            if (end is SessionEnd.UpstreamLost or SessionEnd.UpstreamViolation or SessionEnd.OutOfStep or SessionEnd.StateChanged)
                Log.EndedBadly(who.User, who.QualifiedDatabase, end);

            Runtime.Recorder.Note(AuditEvent.Logout, who, end.ToString());
            if (visit.SaidFarewell)
            {
                client.LeaveLoop();
                await client.LingerAsync(LingerTimeout, Runtime.Clock);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            Runtime.Recorder.Note(AuditEvent.Logout, who, SessionEnd.ClientLost.ToString());
        }
        catch (Exception e)
        {
            // A bug of ours: the session ends without a further byte, and the bug is seen.
            Log.Failed(e, who.User, who.QualifiedDatabase);
            Runtime.Recorder.Note(AuditEvent.Logout, who, "internal error");
            throw;
        }
        finally
        {
            visit.End();
        }
    }

    private async Task ServeAsync(Connection client, CancellationToken stop)
    {
        switch (await LoginAsync(client, stop))
        {
            case LoginRefused refused:
                Record(AuditEvent.LoginRefused, client, refused.User, refused.Database, $"{refused.Refusal}: {refused.Why}");
                await client.LingerAsync(LingerTimeout, Runtime.Clock);
                break;
            case LoginBroken broken:
                Log.ClosedBeforeLogin(AddressOf(client), broken.Violation.ToString());
                if (broken.Violation == ProtocolViolation.BytesBeforeTls)
                    Record(AuditEvent.TlsInjection, client, null, null, "bytes were sent in clear ahead of the TLS handshake");

                break;
            case ClientLeft or null:
                break;
            case LoginAccepted { User: var user, Credential: var credential } accepted:
                await ServeInPlaceAsync(client, accepted, user, credential.ToString(), stop);
                break;
            case MySqlLoginAccepted { User: var user, Credential: var credential } accepted:
                await ServeInPlaceAsync(client, accepted, user, credential.ToString(), stop);
                break;
            case { } outcome:
                await OpenAsync(client, outcome, stop);
                break;
        }
    }

    private async Task ServeInPlaceAsync(Connection client, LoginOutcome outcome, string user, string credential, CancellationToken stop)
    {
        var max = Runtime.Policies.Current.Limits.ConnectionsPerUser;
        if (!Runtime.Places.TryEnter(user, max))
        {
            Record(AuditEvent.LoginRefused, client, user, null, "as many sessions as limits.connections_per_user allows");
            var why = $"user \"{user}\" has {max} sessions already, as many as limits.connections_per_user allows; close one, or try again in a moment";
            await RefuseAsync(client, new(default, "53300", why, null, null), outcome, stop);
            return;
        }

        try
        {
            if (await OpenAsync(client, outcome, stop) is { } visit)
                await RunAsync(visit, credential, stop);
        }
        finally
        {
            Runtime.Places.Leave(user);
        }
    }

    private Task RefuseOneTooManyAsync(Connection client, CancellationToken stop) => RefuseAsync(
        client,
        new(default, "53300", "JitProxy has as many connections as its limits.connections allows; try again in a moment", null, null),
        null,
        stop);

    private void Record(AuditEvent what, Connection client, string? user, string? database, string detail) =>
        Runtime.Trail.TryRecord(
            new()
            {
                Event = what,
                User = user,
                Client = AddressOf(client),
                Server = Server,
                Database = string.IsNullOrEmpty(database) ? null : $"{Server}/{database}",
                Detail = detail,
            },
            out _,
            out _);
}
