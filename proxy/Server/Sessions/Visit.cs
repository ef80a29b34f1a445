using JitProxy.Server.Accept;
using JitProxy.Server.Capture;
using JitProxy.Server.Record;

namespace JitProxy.Server.Sessions;

/// <summary>A client that is signed in, and its session: built when the client speaks, and let go of while it rests.</summary>
/// <remarks>
/// A session is some hundred objects. One that rests has nothing that a new one would not have (<see cref="DatabaseSession.MayRest"/>), but for what the
/// engine keeps with the visit. What comes later finds a new session, and cannot tell.
/// </remarks>
/// <param name="client">The client's connection.</param>
/// <param name="services">What all sessions share.</param>
internal abstract class Visit(Connection client, SessionServices services) : IWatched
{
    private volatile DatabaseSession? _session;

    /// <summary>Whose visit it is.</summary>
    public abstract SessionIdentity Who { get; }

    /// <summary>The connection to the server.</summary>
    public abstract Connection Upstream { get; }

    /// <summary>False once the client may not be signed in any more.</summary>
    public abstract bool IsWelcome { get; }

    /// <inheritdoc/>
    public string User => Who.User;

    /// <inheritdoc/>
    public string Server => Who.Server;

    /// <inheritdoc/>
    public IReadOnlyList<Running> Underway => [];

    /// <summary>The client's connection.</summary>
    public Connection Client => client;

    /// <summary>True while there is no session: the client is silent.</summary>
    public bool IsResting { get; private set; }

    /// <summary>True if the client was sent a fatal error last.</summary>
    public bool SaidFarewell { get; private set; }

    /// <summary>True once the visit ended and its connection to the server can be another's.</summary>
    protected bool LeavesUpstreamClean { get; private set; }

    /// <summary>Runs sessions until one ends for good.</summary>
    /// <param name="stop">The proxy is stopping.</param>
    public async Task<SessionEnd> RunAsync(CancellationToken stop)
    {
        while (true)
        {
            using (var session = Open())
            {
                _session = session;
                var end = await session.RunAsync(stop);
                (_session, SaidFarewell, LeavesUpstreamClean) = (null, session.SaidFarewell, session.LeavesUpstreamClean);
                if (end != SessionEnd.Resting)
                    return end;
            }

            // In this method and not in one of its own: what waits is what an idle client costs.
            services.Rests.Note();
            services.Watch.Add(this);
            IsResting = true;
            try
            {
                var isSilent = true;
                while (isSilent && IsWelcome)
                {
                    var read = await client.Input.ReadAsync(stop);
                    isSilent = read.Buffer.IsEmpty;

                    // Nothing is examined, so that the session's own read answers at once.
                    client.Input.AdvanceTo(read.Buffer.Start);
                    if (isSilent && read.IsCompleted)
                        return SessionEnd.ClientClosed;
                }
            }
            catch (OperationCanceledException)
            {
                // The proxy stops: the next session says so.
            }
            catch (IOException)
            {
                return SessionEnd.ClientLost;
            }
            finally
            {
                IsResting = false;
                services.Watch.Remove(this);
            }

            await client.EnterLoopAsync();
        }
    }

    /// <summary>The visit is over: gives back what it had.</summary>
    public abstract void End();

    /// <summary>Cancels whatever is under way, as its client asks over another connection.</summary>
    public void CancelByClient() => _session?.CancelByClient();

    /// <inheritdoc/>
    public void Look() => EvictIfUnwelcome();

    /// <summary>Wakes the visit: its next session sends the client away.</summary>
    public void EvictIfUnwelcome()
    {
        if (!IsWelcome)
            client.Input.CancelPendingRead();
    }

    /// <summary>Builds a session.</summary>
    protected abstract DatabaseSession Open();
}
