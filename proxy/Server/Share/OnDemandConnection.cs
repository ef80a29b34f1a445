using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using JitProxy.Server.Accept;

namespace JitProxy.Server.Share;

/// <summary>
/// A session's connection to the server that is there only while the session needs one: taken when something is sent, and left again when the session
/// has nothing on it.
/// </summary>
/// <remarks>
/// The session reads and writes it like any other. What it writes is kept until its flush finds a connection; a read waits meanwhile, and whoever reads
/// sees a cancelled read of nothing when a connection comes or goes. All but <see cref="Abort"/> and the reader's cancellation belong to the loop
/// thread of the client, on which every connection that is taken lives.
/// </remarks>
internal abstract class OnDemandConnection : Connection
{
    private readonly Connection _client;
    private readonly OnDemandReader _reader;
    private readonly OnDemandWriter _writer;
    private volatile Connection? _current;
    private volatile CancellationTokenSource? _taking;
    private volatile bool _isAborted;
    private Func<bool>? _mayLeave;

    /// <summary>No connection yet.</summary>
    /// <param name="client">The client's connection, on whose loop all of this runs.</param>
    protected OnDemandConnection(Connection client)
    {
        _client = client;
        _reader = new(this);
        _writer = new(this);
    }

    /// <summary>The connection that the session has now; null if it has none.</summary>
    public Connection? Current => _current;

    /// <inheritdoc/>
    public override PipeReader Input => _reader;

    /// <inheritdoc/>
    public override PipeWriter Output => _writer;

    /// <inheritdoc/>
    public override EndPoint? RemoteEndPoint => _current?.RemoteEndPoint;

    /// <inheritdoc/>
    public override TlsSession? Tls => _current?.Tls;

    /// <inheritdoc/>
    public override object? Loop => _client.Loop;

    /// <summary>Called when the session has left its connection, before anything else is sent.</summary>
    public Action? OnLeft { get; set; }

    /// <inheritdoc/>
    public override void Abort()
    {
        _isAborted = true;
        _taking?.Cancel();
        _current?.Abort();
        _reader.Wake();
    }

    /// <inheritdoc/>
    public override LoopSwitch EnterLoopAsync() => (_current ?? _client).EnterLoopAsync();

    /// <inheritdoc/>
    public override void PostToLoop(Action work) => _client.PostToLoop(work);

    /// <inheritdoc/>
    public override void LeaveLoop() => _current?.LeaveLoop();

    /// <inheritdoc/>
    public override Task UpgradeToServerTlsAsync(SslServerAuthenticationOptions options, TlsStart start, CancellationToken cancellationToken = default) =>
        throw new InvalidOperationException("A connection is taken after its handshake.");

    /// <inheritdoc/>
    public override Task UpgradeToClientTlsAsync(SslClientAuthenticationOptions options, CancellationToken cancellationToken = default) =>
        throw new InvalidOperationException("A connection is taken after its handshake.");

    /// <inheritdoc/>
    public override ValueTask ShutdownOutputAsync() => _current?.ShutdownOutputAsync() ?? default;

    /// <summary>Leaves what there is, as unclean: a session's end says first if it is clean.</summary>
    public override ValueTask DisposeAsync()
    {
        Leave(isClean: false);
        return default;
    }

    /// <summary>Leaves the connection as soon as its reader is at rest, if the session still has nothing on it then.</summary>
    /// <param name="mayLeave">Asked now and then; the session is at rest if it says so.</param>
    public void LeaveSoon(Func<bool> mayLeave)
    {
        if (_current is not { } current || _mayLeave is not null || !mayLeave())
            return;

        _mayLeave = mayLeave;
        current.Input.CancelPendingRead();
    }

    /// <summary>Gives the connection back, if there is one.</summary>
    /// <param name="isClean">True if it is idle, outside of a transaction, and what was set there can be reset.</param>
    public void Leave(bool isClean)
    {
        _mayLeave = null;
        if (_current is null)
            return;

        _current = null;
        GiveBack(isClean);
    }

    /// <summary>Takes the connection that the session starts with.</summary>
    protected void Begin(Connection connection) => _current = connection;

    /// <summary>Takes a connection, signed in and as new.</summary>
    /// <param name="stop">The session ends.</param>
    /// <exception cref="IOException">There is none to be had.</exception>
    protected abstract Task<Connection> TakeAsync(CancellationToken stop);

    /// <summary>Gives back what was taken last.</summary>
    protected abstract void GiveBack(bool isClean);

    /// <summary>What was written goes to a connection that is taken for it.</summary>
    internal async ValueTask<FlushResult> TakeAndSendAsync(ReadOnlyMemory<byte> written, CancellationToken stop)
    {
        using var taking = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _taking = taking;
        try
        {
            ObjectDisposedException.ThrowIf(_isAborted, this);
            var taken = await TakeAsync(taking.Token);
            await _client.EnterLoopAsync();
            await taken.EnterLoopAsync();
            _current = taken;
            if (_isAborted)
                taken.Abort();
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            throw new IOException("The session ended before it had a connection to the server.", e);
        }
        finally
        {
            _taking = null;
        }

        // Whoever reads goes on to wait for the answer before it can come.
        _reader.Wake();
        var output = _current.Output;
        written.Span.CopyTo(output.GetSpan(written.Length));
        output.Advance(written.Length);
        return await output.FlushAsync(stop);
    }

    /// <summary>Called by the reader before each read: leaves the connection if that was asked for, and nothing came in between.</summary>
    internal void LeaveIfDue()
    {
        if (_mayLeave is not { } mayLeave || _current is not { } current)
            return;

        _mayLeave = null;
        if (!mayLeave() || !IsSilent(current.Input))
            return;

        Leave(isClean: true);
        OnLeft?.Invoke();
    }

    /// <summary>The session stops: nobody waits for a connection any more.</summary>
    internal void StopTaking() => _taking?.Cancel();

    private static bool IsSilent(PipeReader input)
    {
        if (!input.TryRead(out var read))
            return true;

        input.AdvanceTo(read.Buffer.Start);
        return read is { Buffer.IsEmpty: true, IsCompleted: false };
    }
}
