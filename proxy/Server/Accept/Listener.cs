using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace JitProxy.Server.Accept;

/// <summary>Accepts clients on one address and has each served by a task of its own, which starts on the thread pool.</summary>
internal sealed class Listener : IAsyncDisposable
{
    /// <summary>Clients told at once that there are too many; beyond that they are closed without a word.</summary>
    private const int RefusalsMax = 64;

    private static readonly TimeSpan BackOffFirst = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan BackOffMax = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RefusalTimeout = TimeSpan.FromSeconds(5);

    private readonly Transport _transport;
    private readonly ConnectionLimit _limit;
    private readonly ConnectionLimit _refusals = new(RefusalsMax);
    private readonly ListenerHandlers _handlers;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly Socket _socket;
    private readonly Func<Socket, CancellationToken, ValueTask<Socket>> _accept;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Connection, Task> _open = new();
    private readonly Task _accepting;

    private Listener(
        Transport transport,
        Socket socket,
        Func<Socket, CancellationToken, ValueTask<Socket>> accept,
        ConnectionLimit limit,
        ListenerHandlers handlers,
        TimeProvider clock,
        ILogger log)
    {
        (_transport, _socket, _accept, _limit, _handlers, _clock, _log) = (transport, socket, accept, limit, handlers, clock, log);
        LocalEndPoint = socket.LocalEndPoint!;
        _accepting = Task.Run(AcceptAsync);
    }

    /// <summary>The address in use, with the port that the system chose if 0 was asked for.</summary>
    public EndPoint LocalEndPoint { get; }

    /// <summary>Count of connections being served.</summary>
    public int OpenCount => _open.Count;

    /// <summary>Binds and starts to accept. <paramref name="accept"/>: how, where a test wants it to fail.</summary>
    /// <exception cref="SocketException">The address cannot be used.</exception>
    public static Listener Start(
        Transport transport,
        EndPoint address,
        ConnectionLimit limit,
        ListenerHandlers handlers,
        TimeProvider clock,
        ILogger log,
        Func<Socket, CancellationToken, ValueTask<Socket>>? accept = null)
    {
        accept ??= static (listening, stop) => listening.AcceptAsync(stop);
        var socket = Transport.NewSocket(address);
        try
        {
            // No address reuse is asked for: the runtime lets a restart have the address at once, and its option of that name
            // would let a second process share it.
            // "Any address" means any.
            if (address is IPEndPoint any && any.Address.Equals(IPAddress.IPv6Any))
                socket.DualMode = true;
            socket.Bind(address);
            socket.Listen(transport.Options.Backlog);
            return new(transport, socket, accept, limit, handlers, clock, log);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Accepts no more, lets what runs end by itself for <paramref name="drain"/>, then aborts the rest. True: all ended in time.
    /// </summary>
    public async Task<bool> StopAsync(TimeSpan drain)
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _socket.Dispose();
        await _accepting.ConfigureAwait(false);

        var all = Task.WhenAll(_open.Values);
        try
        {
            await all.WaitAsync(drain, _clock).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            foreach (var connection in _open.Keys)
                connection.Abort();
            await all.ConfigureAwait(false);
            return false;
        }
    }

    /// <summary>Stops at once; connections are aborted.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.Zero).ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var backOff = BackOffFirst;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var socket = await _accept(_socket, _stop.Token).ConfigureAwait(false);
                backOff = BackOffFirst;
                Take(socket);
            }
            catch (Exception over) when (_stop.IsCancellationRequested && over is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException failed)
            {
                // No descriptors or no memory left: trying again at once would only burn the processor that others need
                // to end. A client that hung up while it waited is no reason to wait.
                if (failed.SocketErrorCode == SocketError.ConnectionAborted || _stop.IsCancellationRequested)
                    continue;

                AcceptLog.CannotAccept(_log, LocalEndPoint, failed.Message, backOff.TotalMilliseconds);
                await Task.Delay(backOff, _clock).ConfigureAwait(false);
                backOff = backOff * 2 < BackOffMax ? backOff * 2 : BackOffMax;
            }
        }
    }

    private void Take(Socket socket)
    {
        Connection connection;
        try
        {
            connection = _transport.Accept(socket);
        }
        catch (Exception lost) when (lost is SocketException or IOException or ObjectDisposedException)
        {
            // The client was gone before its options could be set.
            socket.Dispose();
            return;
        }

        if (_limit.TryEnter())
            Track(connection, ServeAsync(connection));
        else
            Track(connection, RefuseAsync(connection));
    }

    private void Track(Connection connection, Task task)
    {
        _open[connection] = task;
        _ = task.ContinueWith(
            (_, ended) => _open.TryRemove((Connection)ended!, out var _),
            connection,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    private async Task ServeAsync(Connection connection)
    {
        if (_handlers.StartsOnLoop && connection.Loop is not null)
            await connection.EnterLoopAsync();
        else
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);

        try
        {
            await _handlers.Serve(connection, _stop.Token).ConfigureAwait(false);
        }
        catch (Exception failed) when (failed is IOException or OperationCanceledException)
        {
            AcceptLog.ConnectionLost(_log, connection.RemoteEndPoint, failed.Message);
        }
#pragma warning disable CA1031 // One client's failure, whatever it is, must not end the service of the others.
        catch (Exception failed)
#pragma warning restore CA1031
        {
            AcceptLog.SessionFailed(_log, failed, connection.RemoteEndPoint);
        }
        finally
        {
            await EndAsync(connection, _limit).ConfigureAwait(false);
        }
    }

    private async Task RefuseAsync(Connection connection)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        AcceptLog.TooManyConnections(_log, connection.RemoteEndPoint, _limit.Max);
        if (_handlers.Refuse is null || !_refusals.TryEnter())
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            return;
        }

        using var timer = new CancellationTokenSource(RefusalTimeout, _clock);
        try
        {
            await _handlers.Refuse(connection, timer.Token).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // As above.
        catch (Exception failed)
#pragma warning restore CA1031
        {
            AcceptLog.ConnectionLost(_log, connection.RemoteEndPoint, failed.Message);
        }
        finally
        {
            await EndAsync(connection, _refusals).ConfigureAwait(false);
        }
    }

    private static async ValueTask EndAsync(Connection connection, ConnectionLimit limit)
    {
        await connection.DisposeAsync().ConfigureAwait(false);
        limit.Leave();
    }
}
