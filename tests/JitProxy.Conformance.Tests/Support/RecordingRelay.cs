using System.Net;
using System.Net.Sockets;

namespace JitProxy.Conformance.Tests.Support;

/// <summary>Stands between clients and the proxy, and keeps every byte that a client is sent.</summary>
internal sealed class RecordingRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly MemoryStream _recorded = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly int _target;
    private readonly Task _accepting;

    public RecordingRelay(int target)
    {
        _target = target;
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

                await to.GetStream().WriteAsync(buffer.AsMemory(0, count), _stop.Token);
            }

            to.Client.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            to.Close();
        }
    }
}
