using System.Net;
using System.Net.Sockets;

namespace JitProxy.Conformance.Tests.Support;

/// <summary>
/// Stands between clients and the proxy, or the proxy and a server: keeps every byte that comes back, and may send all of them in pieces of a size.
/// </summary>
internal sealed class RecordingRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly MemoryStream _recorded = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly int _target;
    private readonly int _pieceSize;
    private readonly Task _accepting;

    public RecordingRelay(int target, int pieceSize = 65536)
    {
        (_target, _pieceSize) = (target, pieceSize);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where clients connect.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>What came since the last time.</summary>
    public byte[] Take()
    {
        lock (_recorded)
        {
            var bytes = _recorded.ToArray();
            _recorded.SetLength(0);
            return bytes;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var relays = new List<Task>();
        try
        {
            while (true)
                relays.Add(RelayAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            await Task.WhenAll(relays);
        }
    }

    private async Task RelayAsync(TcpClient client)
    {
        using var _ = client;
        using var target = new TcpClient { NoDelay = true };
        client.NoDelay = true;
        await target.ConnectAsync(IPAddress.Loopback, _target, _stop.Token);
        await Task.WhenAll(CopyAsync(client.GetStream(), target, record: false), CopyAsync(target.GetStream(), client, record: true));
    }

    private async Task CopyAsync(NetworkStream from, TcpClient to, bool record)
    {
        var buffer = new byte[65536];
        try
        {
            int count;
            while ((count = await from.ReadAsync(buffer, _stop.Token)) > 0)
            {
                if (record)
                {
                    lock (_recorded)
                        _recorded.Write(buffer, 0, count);
                }

                // Each write is a segment of its own.
                for (var at = 0; at < count; at += _pieceSize)
                    await to.GetStream().WriteAsync(buffer.AsMemory(at, Math.Min(_pieceSize, count - at)), _stop.Token);
            }

            to.Client.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            to.Close();
        }
    }
}
