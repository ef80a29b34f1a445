using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using JitProxy.Server.Outlets;
using JitProxy.Storage.Audit;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Outlets;

/// <summary>Every record reaches a receiver at least once, whatever happens to the receiver or to the proxy.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class OutletTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("jitproxy-outlet-");
    private AuditTrail _trail = null!;

    private string Store => Path.Combine(_folder.FullName, "jitproxy.db");

    [SetUp]
    public void Open()
    {
        File.Delete(Store);
        foreach (var file in _folder.GetFiles())
            file.Delete();
        _trail = AuditTrail.Open(Store, new() { JournalSize = 1024 * 1024 }, TimeProvider.System);
    }

    [TearDown]
    public void Close() => _trail.Dispose();

    [OneTimeTearDown]
    public void Remove() => _folder.Delete(recursive: true);

    [TestCase("udp")]
    [TestCase("tcp")]
    [TestCase("unix")]
    public async Task Syslog_gets_every_record_in_order(string scheme)
    {
        using var receiver = new SyslogReceiver(scheme, Path.Combine(_folder.FullName, "log.sock"));
        await using var forwarder = Forward(new SyslogOutlet(receiver.Address));
        Write(30);

        var messages = await receiver.TakeAsync(30);

        Assert.That(messages.Select(SeqOf), Is.EqualTo(Enumerable.Range(1, 30)));
        Assert.That(messages[0], Does.Match("^<110>1 [-0-9]{10}T[0-9:.]{15}Z [^ ]+ jitproxy [0-9]+ login \\[jitproxy@32473 seq=\"1\" user=\"alice\"\\] \\uFEFF\\{\"seq\":1,"));
        await UntilAsync(() => forwarder.Position == 30);
        Assert.That(forwarder.Fault, Is.Null);
    }

    [Test]
    public async Task A_record_cannot_pass_for_several_messages_or_for_other_fields()
    {
        using var receiver = new SyslogReceiver("tcp", "");
        await using var forwarder = Forward(new SyslogOutlet(receiver.Address));
        const string Nasty = "x\" y=\"z\"] \\ \r\n<0>1 - - evil - - -\0";
        _trail.TryRecord(new() { Event = AuditEvent.Denied, User = Nasty, Statement = Nasty }, out _, out _);

        var message = (await receiver.TakeAsync(1)).Single();

        Assert.That(message, Does.StartWith("<108>1 "), "a refusal is a warning");
        Assert.That(message.Any(char.IsControl), Is.False);
        Assert.That(message, Does.Contain("user=\"x\\\" y=\\\"z\\\"\\] \\\\ ??<0>1 - - evil - - -?\""));
        Assert.That(JsonDocument.Parse(message[message.IndexOf('{', StringComparison.Ordinal)..]).RootElement.GetProperty("statement").GetString(), Is.EqualTo(Nasty));
    }

    [Test]
    public async Task A_long_statement_is_cut_in_a_datagram_and_says_so()
    {
        using var receiver = new SyslogReceiver("udp", "");
        await using var forwarder = Forward(new SyslogOutlet(receiver.Address));
        _trail.TryRecord(new() { Event = AuditEvent.Denied, Statement = new('x', 100_000) }, out _, out _);

        var message = (await receiver.TakeAsync(1)).Single();

        Assert.That(Encoding.UTF8.GetByteCount(message), Is.LessThan(SyslogMessage.DatagramSizeMax));
        Assert.That(JsonDocument.Parse(message[message.IndexOf('{', StringComparison.Ordinal)..]).RootElement.GetProperty("statement").GetString(), Does.EndWith("x (cut)"));
    }

    [Test]
    public async Task A_collector_that_refuses_is_asked_again_until_it_has_everything()
    {
        await using var collector = new Collector(refusals: 2);
        await using var forwarder = Forward(new OtlpOutlet(collector.Address, ImmutableSortedDictionary<string, string>.Empty.Add("Authorization", "Bearer t")));
        Write(700);

        await UntilAsync(() => forwarder.Position == 700);

        Assert.That(collector.Seqs.Distinct().Order(), Is.EqualTo(Enumerable.Range(1, 700).Select(static seq => (long)seq)));
        Assert.That(collector.Seqs, Is.Ordered, "what was not taken was sent again before anything else");
        Assert.That(collector.Authorizations, Is.All.EqualTo("Bearer t"));
        var record = collector.Last.GetProperty("resourceLogs")[0].GetProperty("scopeLogs")[0].GetProperty("logRecords")[0];
        Assert.That(record.GetProperty("eventName").GetString(), Is.EqualTo("jitproxy.login"));
        Assert.That(long.Parse(record.GetProperty("timeUnixNano").GetString()!, System.Globalization.CultureInfo.InvariantCulture), Is.GreaterThan(1_700_000_000_000_000_000));
        Assert.That(record.GetProperty("body").GetProperty("stringValue").GetString(), Does.Contain("\"hash\":"));
    }

    [Test]
    public async Task A_restart_goes_on_where_the_receiver_is_and_loses_nothing()
    {
        var got = new List<long>();
        await using (var collector = new Collector(refusals: 0))
        {
            await using (var forwarder = Forward(new OtlpOutlet(collector.Address, ImmutableSortedDictionary<string, string>.Empty)))
            {
                Write(50);
                await UntilAsync(() => forwarder.Position == 50);
            }

            got.AddRange(collector.Seqs);
        }

        // While nobody forwards, and over a restart of the proxy.
        Write(40);
        _trail.Dispose();
        _trail = AuditTrail.Open(Store, new() { JournalSize = 1024 * 1024 }, TimeProvider.System);
        Assert.That(ReceiverPositions.LagOf(Store, "test"), Is.EqualTo(40));
        await using var second = new Collector(refusals: 0);
        await using var next = Forward(new OtlpOutlet(second.Address, ImmutableSortedDictionary<string, string>.Empty));
        await UntilAsync(() => next.Position == 90);

        Assert.That(second.Seqs, Is.EqualTo(Enumerable.Range(51, 40).Select(static seq => (long)seq)), "not everything once more");
        Assert.That(got.Concat(second.Seqs), Is.EqualTo(Enumerable.Range(1, 90).Select(static seq => (long)seq)));
    }

    [Test]
    public async Task A_receiver_that_takes_nothing_holds_up_no_record_and_keeps_what_it_lacks_from_being_removed()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var forwarder = Forward(new SyslogOutlet(new($"tcp://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}")));

        // More than the system's buffers between the two take.
        var text = new string('x', 20_000);
        for (var index = 0; index < 1500; index++)
        {
            while (!_trail.TryRecord(new() { Event = AuditEvent.Denied, Statement = text }, out _, out _))
                await _trail.FlushAsync();
        }

        Assert.That(await _trail.FlushAsync(), Is.Null);
        Assert.That(_trail.CommittedSeq, Is.EqualTo(1500));
        Assert.That(forwarder.Position, Is.LessThan(1500));
        Assert.That(_trail.Prune(DateTimeOffset.MaxValue.AddDays(-1), null, forwarder.Position, CancellationToken.None), Is.Null);
        Assert.That(_trail.Query(new() { AfterSeq = forwarder.Position }).Count(), Is.GreaterThan(0));
        Assert.That(_trail.Verify().Why, Is.Null);
    }

    private static int SeqOf(string message) => JsonDocument.Parse(message[message.IndexOf('{', StringComparison.Ordinal)..]).RootElement.GetProperty("seq").GetInt32();

    private static async Task UntilAsync(Func<bool> isSo)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!isSo())
            await Task.Delay(20, patience.Token);
    }

    private AuditForwarder Forward(IOutlet outlet) => new("test", _trail, outlet, NullLogger.Instance, TimeProvider.System);

    private void Write(int count)
    {
        for (var index = 0; index < count; index++)
            Assert.That(_trail.TryRecord(new() { Event = AuditEvent.Login, User = "alice" }, out _, out _), Is.True);
    }

    /// <summary>Takes datagrams, or messages behind their length.</summary>
    private sealed class SyslogReceiver : IDisposable
    {
        private readonly Socket _socket;
        private readonly BlockingCollection<string> _messages = [];

        public SyslogReceiver(string scheme, string path)
        {
            if (scheme == "unix")
            {
                _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
                _socket.Bind(new UnixDomainSocketEndPoint(path));
                Address = new($"unix://{path}");
            }
            else
            {
                _socket = new(AddressFamily.InterNetwork, scheme == "udp" ? SocketType.Dgram : SocketType.Stream, scheme == "udp" ? ProtocolType.Udp : ProtocolType.Tcp);
                _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
                Address = new($"{scheme}://127.0.0.1:{((IPEndPoint)_socket.LocalEndPoint!).Port}");
            }

            if (scheme == "tcp")
                _socket.Listen();
            new Thread(() => Receive(scheme)) { IsBackground = true }.Start();
        }

        public Uri Address { get; }

        public async Task<List<string>> TakeAsync(int count) => await Task.Run(() =>
        {
            var taken = new List<string>();
            while (taken.Count < count && _messages.TryTake(out var message, Patience))
                taken.Add(message);
            return taken;
        });

        public void Dispose()
        {
            _socket.Dispose();
            _messages.Dispose();
        }

        private void Receive(string scheme)
        {
            try
            {
                if (scheme == "tcp")
                    ReadStream(_socket.Accept());
                var buffer = new byte[65536];
                while (scheme != "tcp")
                    _messages.Add(Encoding.UTF8.GetString(buffer.AsSpan(0, _socket.Receive(buffer))));
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException or InvalidOperationException)
            {
                // The test is over.
            }
        }

        private void ReadStream(Socket client)
        {
            using var stream = new NetworkStream(client, ownsSocket: true);
            while (true)
            {
                var length = 0;
                for (var digit = stream.ReadByte(); digit != ' '; digit = stream.ReadByte())
                {
                    if (digit < 0)
                        return;
                    length = (length * 10) + digit - '0';
                }

                var message = new byte[length];
                stream.ReadExactly(message);
                _messages.Add(Encoding.UTF8.GetString(message));
            }
        }
    }

    /// <summary>An OpenTelemetry collector that refuses the first requests.</summary>
    private sealed class Collector : IAsyncDisposable
    {
        private readonly HttpListener _listener = new();
        private readonly Task _work;
        private int _refusals;

        public Collector(int refusals)
        {
            _refusals = refusals;
            using (var probe = new TcpListener(IPAddress.Loopback, 0))
            {
                probe.Start();
                Address = new($"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/v1/logs");
            }

            _listener.Prefixes.Add(new UriBuilder(Address) { Path = "/" }.ToString());
            _listener.Start();
            _work = Task.Run(RunAsync);
        }

        public Uri Address { get; }

        public List<long> Seqs { get; } = [];

        public List<string?> Authorizations { get; } = [];

        public JsonElement Last { get; private set; }

        public async ValueTask DisposeAsync()
        {
            _listener.Stop();
            await _work;
        }

        private async Task RunAsync()
        {
            try
            {
                while (true)
                {
                    var context = await _listener.GetContextAsync();
                    Authorizations.Add(context.Request.Headers["Authorization"]);
                    Last = (await JsonDocument.ParseAsync(context.Request.InputStream)).RootElement;
                    context.Response.StatusCode = _refusals-- > 0 ? 503 : 200;
                    if (context.Response.StatusCode == 200)
                    {
                        Seqs.AddRange(Last.GetProperty("resourceLogs")[0].GetProperty("scopeLogs")[0].GetProperty("logRecords").EnumerateArray()
                            .Select(static r => JsonDocument.Parse(r.GetProperty("body").GetProperty("stringValue").GetString()!).RootElement.GetProperty("seq").GetInt64()));
                    }

                    context.Response.Close();
                }
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                // The test is over.
            }
        }
    }
}
