using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace JitProxy.Server.Accept;

/// <summary>A connection over a channel, in clear at first.</summary>
internal sealed class ChannelConnection : Connection
{
    private readonly ByteChannel _channel;
    private PipeReader _input;
    private PipeWriter _output;
    private SslStream? _stream;
    private TlsSession? _tls;
    private int _disposed;

    /// <summary>Takes <paramref name="channel"/> over.</summary>
    public ChannelConnection(ByteChannel channel)
    {
        _channel = channel;
        _input = new ChannelReader(channel);
        _output = new ChannelWriter(channel);
    }

    /// <inheritdoc/>
    public override PipeReader Input => _input;

    /// <inheritdoc/>
    public override PipeWriter Output => _output;

    /// <inheritdoc/>
    public override EndPoint? RemoteEndPoint => _channel.RemoteEndPoint;

    /// <inheritdoc/>
    public override TlsSession? Tls => _tls;

    /// <summary>What carries the bytes; the connector puts an upstream on the loop of its client.</summary>
    public ByteChannel Channel => _channel;

    /// <inheritdoc/>
    public override void Abort() => _channel.Abort();

    /// <inheritdoc/>
    public override LoopSwitch EnterLoopAsync()
    {
        _channel.RunsInline = true;
        return new(_channel);
    }

    /// <inheritdoc/>
    public override object? Loop => _channel.Thread;

    /// <inheritdoc/>
    public override void PostToLoop(Action work) => _channel.Post(work);

    /// <inheritdoc/>
    public override void LeaveLoop() => _channel.RunsInline = false;

    /// <inheritdoc/>
    public override Task UpgradeToServerTlsAsync(
        SslServerAuthenticationOptions options, TlsStart start, CancellationToken cancellationToken = default)
    {
        options.EnabledSslProtocols = AtLeastTls12(options.EnabledSslProtocols);
        return UpgradeAsync(
            start,
            options.ApplicationProtocols is { Count: > 0 },
            stream => stream.AuthenticateAsServerAsync(options, cancellationToken),
            stream => options.ServerCertificateContext?.TargetCertificate ?? stream.LocalCertificate);
    }

    /// <inheritdoc/>
    public override Task UpgradeToClientTlsAsync(SslClientAuthenticationOptions options, CancellationToken cancellationToken = default)
    {
        options.EnabledSslProtocols = AtLeastTls12(options.EnabledSslProtocols);
        return UpgradeAsync(
            TlsStart.Requested,
            mustAgreeOnProtocol: false,
            stream => stream.AuthenticateAsClientAsync(options, cancellationToken),
            stream => stream.RemoteCertificate);
    }

    /// <inheritdoc/>
    public override async ValueTask ShutdownOutputAsync()
    {
        if (_stream is not null)
        {
            try
            {
                await _stream.ShutdownAsync().ConfigureAwait(false);
            }
            catch (Exception lost) when (lost is ObjectDisposedException or InvalidOperationException)
            {
                throw new IOException("The connection is lost.", lost);
            }
        }

        _channel.ShutdownSend();
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return default;

        _channel.Dispose();
        _input.Complete();
        (_input as IDisposable)?.Dispose();
        _output.Complete();
        return _stream?.DisposeAsync() ?? default;
    }

    private static SslProtocols AtLeastTls12(SslProtocols asked) =>
        asked == SslProtocols.None ? SslProtocols.Tls12 | SslProtocols.Tls13 : asked & (SslProtocols.Tls12 | SslProtocols.Tls13);

    private async Task UpgradeAsync(
        TlsStart start, bool mustAgreeOnProtocol, Func<SslStream, Task> handshake, Func<SslStream, X509Certificate?> certificateOf)
    {
        if (_input is not ChannelReader clear)
            throw new InvalidOperationException("TLS runs already.");
        if (_output.UnflushedBytes > 0)
            throw new InvalidOperationException("Flush before TLS starts.");

        // Asked first, and the bytes are gone in any case: nothing read in clear may be taken for something that came through TLS.
        var first = clear.TakeUnread();
        _output.Complete();
        if (start == TlsStart.Requested && first.Length > 0)
            throw new EarlyBytesException();

        // A handshake computes for a millisecond, which a loop thread has no time for.
        _channel.RunsInline = false;
        var encrypted = new ChannelStream(_channel, first);
        var stream = new SslStream(encrypted, leaveInnerStreamOpen: false);
        try
        {
            await Task.Run(() => handshake(stream)).ConfigureAwait(false);
            if (stream.SslProtocol is not (SslProtocols.Tls12 or SslProtocols.Tls13))
                throw new AuthenticationException("The peer does not speak TLS 1.2 or later.");

            // A missing choice passes the handshake, so it is refused here.
            if (start == TlsStart.Direct && mustAgreeOnProtocol && stream.NegotiatedApplicationProtocol.Protocol.IsEmpty)
                throw new AuthenticationException("A client that starts with TLS must name the application protocol.");
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        var certificate = certificateOf(stream);
        var application = stream.NegotiatedApplicationProtocol.ToString();
        _stream = stream;
        _tls = new(
            stream.SslProtocol,
            application.Length == 0 ? null : application,
            certificate as X509Certificate2 ?? (certificate is null ? null : new X509Certificate2(certificate)));
        _input = new TlsReader(stream);
        _output = new TlsWriter(stream, encrypted, _channel);
    }
}
