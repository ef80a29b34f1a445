using JitProxy.Server.Accept;
using JitProxy.Server.Capture;

namespace JitProxy.Server.Sessions.MySql;

/// <summary>A client of a MySQL or MariaDB server: it has one session and one connection to the server for as long as it stays.</summary>
/// <param name="session">Its session.</param>
/// <param name="who">Whose it is.</param>
/// <param name="client">The client's connection.</param>
/// <param name="upstream">The server's connection.</param>
/// <param name="services">What all sessions share.</param>
/// <param name="isWelcome">False once the client may not be signed in any more.</param>
/// <param name="end">Told when the visit is over, and whether the connection to the server can be another's.</param>
internal sealed class MySqlVisit(
    MySqlSession session, SessionIdentity who, Connection client, Connection upstream, SessionServices services, Func<bool> isWelcome, Action<bool> end)
    : Visit(client, services)
{
    /// <inheritdoc/>
    public override SessionIdentity Who => who;

    /// <inheritdoc/>
    public override Connection Upstream => upstream;

    /// <inheritdoc/>
    public override bool IsWelcome => isWelcome();

    /// <inheritdoc/>
    public override void End()
    {
        // A client that left before its session ran leaves one that nobody has let go of.
        session.Dispose();
        end(LeavesUpstreamClean);
    }

    /// <inheritdoc/>
    protected override DatabaseSession Open() => session;
}
