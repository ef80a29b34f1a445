using System.IO.Pipelines;
using System.Net;
using System.Net.Security;

namespace JitProxy.Server.Accept;

/// <summary>One connection, to a client or to an upstream: bytes in, bytes out, and the ways to end it.</summary>
/// <remarks>
/// <para>
/// <see cref="Input"/> hands out one contiguous segment (so <c>Buffer.FirstSpan</c> is all of it), and throws
/// <see cref="IOException"/> when the peer resets. <see cref="Output"/> sends nothing before a flush and everything with
/// it; a flush that waits is the back-pressure. Both change when TLS starts: read the properties again afterwards.
/// </para>
/// <para>
/// One reader and one writer at a time. At first the code that awaits runs on the thread pool, where a login may compute;
/// after <see cref="EnterLoopAsync"/> it runs on the connection's loop thread, where nothing may block.
/// </para>
/// </remarks>
internal abstract class Connection : IDuplexPipe, IAsyncDisposable
{
    /// <inheritdoc/>
    public abstract PipeReader Input { get; }

    /// <inheritdoc/>
    public abstract PipeWriter Output { get; }

    /// <summary>The other end; null where the transport has no such name.</summary>
    public abstract EndPoint? RemoteEndPoint { get; }

    /// <summary>What TLS agreed on; null while the connection is in clear.</summary>
    public abstract TlsSession? Tls { get; }

    /// <summary>True once the TLS handshake is done. It comes from the stream itself, never from what a peer asked for.</summary>
    public bool IsTls => Tls is not null;

    /// <summary>Resets the connection from any thread: what runs or comes later fails with <see cref="IOException"/>.</summary>
    public abstract void Abort();

    /// <summary>Moves the caller to the loop thread of this connection, and keeps everything awaited on it there.</summary>
    /// <remarks>
    /// Await it where the code runs (see <see cref="LoopSwitch"/>). Call it again to come back after awaiting anything else, such as a
    /// database or a computation.
    /// </remarks>
    public abstract LoopSwitch EnterLoopAsync();

    /// <summary>The loop thread of this connection; null where it has none. Connections of the same one need no locks between them.</summary>
    public virtual object? Loop => null;

    /// <summary>Runs <paramref name="work"/> on the loop thread, after the events at hand; on the thread pool where there is none.</summary>
    public virtual void PostToLoop(Action work) => ThreadPool.UnsafeQueueUserWorkItem(static state => ((Action)state!)(), work);

    /// <summary>Has code that awaits this connection run on the thread pool again: for TLS, passwords, and farewells.</summary>
    public abstract void LeaveLoop();

    /// <summary>Starts TLS as the server, on the thread pool.</summary>
    /// <exception cref="EarlyBytesException">Bytes in clear came ahead of a handshake that was asked for.</exception>
    /// <exception cref="System.Security.Authentication.AuthenticationException">The handshake failed.</exception>
    /// <exception cref="IOException">The connection is lost.</exception>
    public abstract Task UpgradeToServerTlsAsync(
        SslServerAuthenticationOptions options, TlsStart start, CancellationToken cancellationToken = default);

    /// <summary>Starts TLS as the client, on the thread pool.</summary>
    /// <exception cref="EarlyBytesException">Bytes in clear came ahead of the handshake.</exception>
    /// <exception cref="System.Security.Authentication.AuthenticationException">The handshake failed.</exception>
    /// <exception cref="IOException">The connection is lost.</exception>
    public abstract Task UpgradeToClientTlsAsync(SslClientAuthenticationOptions options, CancellationToken cancellationToken = default);

    /// <summary>Sends the end of the stream (with TLS, its close alert first). Flush before. Reading goes on.</summary>
    /// <exception cref="IOException">The connection is lost.</exception>
    public abstract ValueTask ShutdownOutputAsync();

    /// <summary>Closes. What was flushed still arrives, unless the peer sent bytes that were not read: see <see cref="LingerAsync"/>.</summary>
    public abstract ValueTask DisposeAsync();

    /// <summary>Looks at the first byte that is unread without consuming it: 0x16 begins a TLS handshake. -1: the stream ended.</summary>
    /// <exception cref="IOException">The connection is lost.</exception>
    public async ValueTask<int> PeekFirstByteAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            var read = await Input.ReadAsync(cancellationToken).ConfigureAwait(false);
            var first = read.Buffer.IsEmpty ? -1 : read.Buffer.FirstSpan[0];

            // Nothing is examined, so that the next read answers at once.
            Input.AdvanceTo(read.Buffer.Start);
            if (first >= 0 || read.IsCompleted)
                return first;
        }
    }

    /// <summary>
    /// Says goodbye so that the last message arrives: sends the end of the stream, then drops what the peer still sends, until
    /// it closes, <paramref name="timeout"/> passes or <paramref name="sizeMax"/> bytes came. Never throws for a lost peer.
    /// </summary>
    /// <remarks>The last read must have been advanced. Closing a socket that holds unread bytes resets it, and a reset can overtake the message.</remarks>
    public async ValueTask LingerAsync(TimeSpan timeout, TimeProvider clock, long sizeMax = 1 << 20)
    {
        using var enough = new CancellationTokenSource(timeout, clock);
        try
        {
            await ShutdownOutputAsync().ConfigureAwait(false);
            while (sizeMax > 0)
            {
                var read = await Input.ReadAsync(enough.Token).ConfigureAwait(false);
                sizeMax -= read.Buffer.Length;
                Input.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                    return;
            }
        }
        catch (Exception over) when (over is IOException or OperationCanceledException)
        {
            // The peer is gone or does not hang up: either way there is nobody to be polite to.
        }
    }
}
