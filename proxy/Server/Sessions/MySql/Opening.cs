using System.Text;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Sessions.MySql;

/// <summary>The beginning of a session: everything is pinned upstream, and only then the client hears that it is signed in.</summary>
/// <param name="link">The session's connections.</param>
/// <param name="reply">Answers.</param>
/// <param name="settings">Pins.</param>
/// <param name="database">The default database; empty for none.</param>
/// <param name="sequence">The number of the packet that the login owes.</param>
internal sealed class Opening(Link link, Reply reply, Settings settings, string database, byte sequence)
{
    /// <summary>What the server had against its settings, for the operator's log; null if all is well.</summary>
    public string? Fault { get; private set; }

    /// <summary>True once everything is pinned, and the client knows.</summary>
    public bool IsDone { get; private set; }

    /// <summary>The database that the session began in.</summary>
    public string Database => database;

    /// <summary>Opens the session; an answer is how it ended instead.</summary>
    public async ValueTask<SessionEnd?> RunAsync(CancellationToken stop)
    {
        await link.Floor.TakeAsync(stop);
        Fault = await settings.PinAsync();
        await link.Client.EnterLoopAsync();
        link.Sequence = sequence;
        if (Fault is null)
            OpenWith(database);
        else
            reply.RefuseLast("08006", "the database server does not take the settings that JitProxy needs");

        try
        {
            await link.ClientOutput.FlushAsync(stop);
        }
        catch (IOException e)
        {
            throw new PeerLostException(SessionEnd.ClientLost, e);
        }

        IsDone = true;
        link.Sequence = 1;
        link.Floor.GiveBack();
        return Fault is null ? null : SessionEnd.UpstreamViolation;
    }

    private void OpenWith(string name)
    {
        // Drivers that follow the session learn its database here, as the server tells it.
        if (name.Length == 0 || (link.ClientCan & MySqlCapabilities.SessionTrack) == 0)
            reply.Ok();
        else
            reply.OkInDatabase(Encoding.UTF8.GetBytes(name));
    }
}
