using System.IO.Pipelines;
using System.Net;
using System.Net.Security;

namespace JitProxy.Server.Accept;

/// <summary>A connection inside the process: what one end writes, the other reads. For the administrator's own runs, and for tests.</summary>
internal sealed class MemoryConnection : Connection
{
    private static readonly PipeOptions Options = new(
        pauseWriterThreshold: 256 * 1024, resumeWriterThreshold: 128 * 1024, useSynchronizationContext: false);

    private readonly Pipe _incoming;
    private readonly Pipe _outgoing;

    private MemoryConnection(Pipe incoming, Pipe outgoing) => (_incoming, _outgoing, Output) = (incoming, outgoing, new MemoryWriter(outgoing.Writer));

    /// <inheritdoc/>
    public override PipeReader Input => _incoming.Reader;

    /// <inheritdoc/>
    public override PipeWriter Output { get; }

    /// <inheritdoc/>
    public override EndPoint? RemoteEndPoint => null;

    /// <inheritdoc/>
    public override TlsSession? Tls => null;

    /// <summary>The two ends of a new connection.</summary>
    public static (MemoryConnection One, MemoryConnection Other) CreatePair()
    {
        var (there, back) = (new Pipe(Options), new Pipe(Options));
        return (new(back, there), new(there, back));
    }

    /// <inheritdoc/>
    public override void Abort()
    {
        _incoming.Reader.CancelPendingRead();
        _incoming.Writer.Complete(new IOException("the connection was aborted"));
        _outgoing.Writer.Complete();
        _outgoing.Reader.CancelPendingRead();
    }

    /// <inheritdoc/>
    public override LoopSwitch EnterLoopAsync() => default;

    /// <inheritdoc/>
    public override void LeaveLoop()
    {
    }

    /// <inheritdoc/>
    public override Task UpgradeToServerTlsAsync(SslServerAuthenticationOptions options, TlsStart start, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("A connection inside the process has no use for TLS.");

    /// <inheritdoc/>
    public override Task UpgradeToClientTlsAsync(SslClientAuthenticationOptions options, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("A connection inside the process has no use for TLS.");

    /// <inheritdoc/>
    public override ValueTask ShutdownOutputAsync() => _outgoing.Writer.CompleteAsync();

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        Abort();
        return default;
    }
}
