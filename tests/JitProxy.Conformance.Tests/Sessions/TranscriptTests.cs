using System.Text;
using JitProxy.Conformance.Tests.Support;
using JitProxy.Server.Authenticate;
using JitProxy.Wire.Postgres;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Sessions;

/// <summary>For what may run, a client sees the same messages in the same order as from the server itself.</summary>
[TestFixture]
internal sealed class TranscriptTests
{
    private const string Rows = "SELECT id, note FROM orders WHERE id < 5 ORDER BY id";
    private const string One = "SELECT id, note FROM orders WHERE id = $1";
    private const string Fails = "SELECT 1 / (id - 3) FROM orders ORDER BY id";
    private const PgObjectKind P = PgObjectKind.Portal;
    private const PgObjectKind S = PgObjectKind.Statement;

    /// <summary>What is sent; each part's answers are read before the next one.</summary>
    private static readonly Dictionary<string, Func<WireClient, WireClient>[]> Scripts = new()
    {
        ["simple"] = [static c => c.Query(Rows)],
        ["simple, twice in one send"] = [static c => c.Query(Rows).Query(Rows)],
        ["simple, again and again"] = [static c => c.Query(Rows), static c => c.Query(Rows), static c => c.Query(Rows)],
        ["simple, several statements"] = [static c => c.Query($"SELECT 1; {Rows}; SELECT 2")],
        ["simple, other spelling"] = [static c => c.Query("select  id,note from ORDERS where id<5 order by id")],
        ["simple, semicolon"] = [static c => c.Query(Rows + ";")],
        ["empty"] = [static c => c.Query("")],
        ["blank"] = [static c => c.Query("  ;; ")],
        ["comment"] = [static c => c.Query("/* ping */")],
        ["show"] = [static c => c.Query("SHOW server_encoding")],
        ["set with notice of it"] = [static c => c.Query("SET application_name = 'me'"), static c => c.Query("SHOW application_name")],
        ["set encoding"] = [static c => c.Query("SET client_encoding = 'UTF8'")],
        ["constants"] = [static c => c.Query("SELECT 1, 'a', NULL::int, true")],
        ["transaction"] = [static c => c.Query("BEGIN"), static c => c.Query(Rows), static c => c.Query("COMMIT")],
        ["transaction rolled back"] = [static c => c.Query("BEGIN"), static c => c.Query(Rows), static c => c.Query("ROLLBACK")],
        ["transaction in one text"] = [static c => c.Query($"BEGIN; {Rows}; COMMIT")],
        ["begin twice"] = [static c => c.Query("BEGIN"), static c => c.Query("BEGIN"), static c => c.Query("ROLLBACK")],
        ["commit without begin"] = [static c => c.Query("COMMIT")],
        ["savepoint"] =
        [
            static c => c.Query("BEGIN"),
            static c => c.Query("SAVEPOINT a"),
            static c => c.Query(Fails),
            static c => c.Query("ROLLBACK TO SAVEPOINT a"),
            static c => c.Query(Rows),
            static c => c.Query("COMMIT"),
        ],
        ["error"] = [static c => c.Query(Fails), static c => c.Query(Rows)],
        ["error in a transaction"] = [static c => c.Query("BEGIN"), static c => c.Query(Fails), static c => c.Query(Rows), static c => c.Query("COMMIT"), static c => c.Query(Rows)],
        ["error among several"] = [static c => c.Query($"SELECT 1; {Fails}; {Rows}")],
        ["extended"] = [static c => c.Parse("", Rows).Bind("", "").Describe(P, "").Execute("").Sync()],
        ["extended, binary"] = [static c => c.Parse("", Rows).Bind("", "", 1).Describe(P, "").Execute("").Sync()],
        ["extended, not described"] = [static c => c.Parse("", Rows).Bind("", "").Execute("").Sync()],
        ["extended, parameter"] = [static c => c.Parse("", One).Describe(S, "").Bind("", "", 0, "2").Execute("").Sync()],
        ["extended, typed parameter"] = [static c => c.Parse("", One, 20).Describe(S, "").Bind("", "", 1, "2").Execute("").Sync()],
        ["extended, bad parameter"] = [static c => c.Parse("", One).Bind("", "", 0, "two").Execute("").Sync(), static c => c.Query(Rows)],
        ["extended, too many parameters"] = [static c => c.Parse("", One).Sync(), static c => c.Bind("", "", 0, "1", "2").Execute("").Sync()],
        ["extended, error"] = [static c => c.Parse("", Fails).Bind("", "").Describe(P, "").Execute("").Sync(), static c => c.Query(Rows)],
        ["extended, what follows an error is skipped"] = [static c => c.Parse("", Fails).Bind("", "").Execute("").Parse("", Rows).Bind("", "").Execute("").Sync(), static c => c.Query(Rows)],
        ["extended, housekeeping"] = [static c => c.Parse("", "SELECT 1").Bind("", "").Describe(P, "").Execute("").Sync()],
        ["extended, empty"] = [static c => c.Parse("", "").Bind("", "").Describe(P, "").Execute("").Sync()],
        ["extended, begin"] = [static c => c.Parse("", "BEGIN").Bind("", "").Describe(P, "").Execute("").Sync(), static c => c.Query("ROLLBACK")],
        ["pages"] = [static c => c.Parse("", Rows).Bind("p", "").Execute("p", 2).Execute("p", 1).Execute("p", 9).Sync()],
        ["pages of unknown end"] = [static c => c.Parse("", Rows).Bind("p", "").Execute("p", 4).Execute("p", 4).Sync()],
        ["pages over syncs"] =
        [
            static c => c.Query("BEGIN"),
            static c => c.Parse("", Rows).Bind("p", "").Execute("p", 2).Sync(),
            static c => c.Execute("p", 2).Sync(),
            static c => c.Execute("p", 2).Sync(),
            static c => c.Query("COMMIT"),
        ],
        ["portal ends with its transaction"] = [static c => c.Parse("", Rows).Bind("p", "").Execute("p", 2).Sync(), static c => c.Execute("p", 2).Sync()],
        ["portal closed"] = [static c => c.Parse("", Rows).Bind("p", "").Execute("p", 2).Close(P, "p").Execute("p", 2).Sync()],
        ["portal described twice"] = [static c => c.Parse("", Rows).Bind("p", "").Describe(P, "p").Describe(P, "p").Execute("p").Sync()],
        ["named"] = [static c => c.Parse("s", One).Describe(S, "s").Sync(), static c => c.Bind("", "s", 0, "1").Execute("").Bind("", "s", 1, "2").Execute("").Sync(), static c => c.Close(S, "s").Sync()],
        ["named, twice"] = [static c => c.Parse("s", Rows).Sync(), static c => c.Parse("s", Rows).Sync()],
        ["named, gone"] = [static c => c.Parse("s", Rows).Close(S, "s").Sync(), static c => c.Bind("", "s").Execute("").Sync()],
        ["named, never there"] = [static c => c.Bind("", "nobody").Execute("").Sync(), static c => c.Describe(S, "nobody").Sync(), static c => c.Close(S, "nobody").Sync()],
        ["named, deallocated"] = [static c => c.Parse("s", Rows).Sync(), static c => c.Query("DEALLOCATE ALL"), static c => c.Bind("", "s").Execute("").Sync()],
        ["named, discarded"] = [static c => c.Parse("s", Rows).Sync(), static c => c.Query("DISCARD ALL"), static c => c.Describe(S, "s").Sync()],
        ["pipeline"] = [static c => c.Parse("", Rows).Bind("", "").Execute("").Parse("", One).Bind("", "", 0, "1").Execute("").Parse("", "SELECT 1").Bind("", "").Execute("").Sync()],
        ["pipelines in one send"] = [static c => c.Parse("", Fails).Bind("", "").Execute("").Sync().Parse("", Rows).Bind("", "").Execute("").Sync()],
        ["flush before sync"] = [static c => c.Parse("", Rows).Flush().Bind("", "").Flush().Execute("").Flush().Sync()],
        ["sync alone"] = [static c => c.Sync()],
        ["query in an open pipeline"] = [static c => c.Parse("", Rows).Bind("", "").Execute("").Query("SELECT 1").Sync()],
        ["pages, exactly all of them"] =
        [
            static c => c.Query("BEGIN"),
            static c => c.Parse("", Rows).Bind("p", "").Execute("p", 4).Sync(),
            static c => c.Execute("p", 4).Sync(),
            static c => c.Execute("p").Sync(),
            static c => c.Query("COMMIT"),
        ],
        ["pages of two portals in turns"] =
        [
            static c => c.Query("BEGIN"),
            static c => c.Parse("s", Rows).Bind("p", "s").Bind("q", "s", 1).Execute("p", 1).Execute("q", 1).Execute("p", 1).Execute("q").Sync(),
            static c => c.Execute("p").Sync(),
            static c => c.Query("COMMIT"),
        ],
        ["portal survives no rollback"] = [static c => c.Query("BEGIN"), static c => c.Parse("", Rows).Bind("p", "").Execute("p", 1).Sync(), static c => c.Query("ROLLBACK"), static c => c.Execute("p", 1).Sync()],
        ["portal in a failed transaction"] =
        [
            static c => c.Query("BEGIN"),
            static c => c.Parse("", Rows).Bind("p", "").Execute("p", 1).Sync(),
            static c => c.Query(Fails),
            static c => c.Execute("p", 1).Sync(),
            static c => c.Query("ROLLBACK"),
        ],
        ["unnamed portal over syncs"] = [static c => c.Query("BEGIN"), static c => c.Parse("", Rows).Bind("", "").Execute("", 1).Sync(), static c => c.Execute("", 1).Sync(), static c => c.Query("COMMIT")],
        ["unnamed portal replaced"] = [static c => c.Query("BEGIN"), static c => c.Parse("", Rows).Bind("", "").Execute("", 1).Bind("", "").Execute("", 1).Sync(), static c => c.Query("COMMIT")],
        ["unnamed portal gone with a query"] =
        [
            static c => c.Query("BEGIN"),
            static c => c.Parse("", Rows).Bind("", "").Execute("", 1).Sync(),
            static c => c.Query("SELECT 1"),
            static c => c.Execute("", 1).Sync(),
            static c => c.Query("ROLLBACK"),
        ],
        ["unnamed statement gone with a query"] = [static c => c.Parse("", Rows).Sync(), static c => c.Query("SELECT 1"), static c => c.Bind("", "").Execute("").Sync()],
        ["unnamed statement lives on"] = [static c => c.Parse("", Rows).Sync(), static c => c.Bind("", "").Execute("").Sync(), static c => c.Bind("", "").Describe(P, "").Execute("").Sync()],
        ["described both ways"] = [static c => c.Parse("s", One).Describe(S, "s").Bind("p", "s", 1, "1").Describe(P, "p").Describe(S, "s").Execute("p").Sync()],
        ["described, nobody"] = [static c => c.Describe(P, "nobody").Sync(), static c => c.Describe(S, "nobody").Describe(S, "nobody").Sync()],
        ["closed, nobody"] = [static c => c.Close(P, "nobody").Close(S, "").Close(P, "").Sync()],
        ["executed, nobody"] = [static c => c.Execute("nobody").Sync(), static c => c.Execute("").Sync()],
        ["error, then a query before the sync"] = [static c => c.Parse("", Fails).Bind("", "").Execute("").Raw(Frame('Q', "SELECT 1")).Sync().Query("SELECT 2")],
        ["error, then flushes"] = [static c => c.Parse("", Fails).Bind("", "").Execute("").Flush().Flush().Sync()],
        ["error in bind, then everything"] = [static c => c.Parse("s", One).Bind("", "s", 0, "x").Describe(P, "").Execute("").Close(S, "s").Sync(), static c => c.Bind("", "s", 0, "1").Execute("").Sync()],
        ["error in a named parse"] = [static c => c.Parse("s", Fails).Bind("", "s").Execute("").Sync(), static c => c.Bind("", "s").Execute("").Sync()],
        ["syncs only"] = [static c => c.Sync().Sync().Sync()],
        ["transaction by parts of a pipeline"] = [static c => c.Parse("", "BEGIN").Bind("", "").Execute("").Parse("", Rows).Bind("", "").Execute("").Parse("", "COMMIT").Bind("", "").Execute("").Sync()],
        ["transaction over syncs in one send"] = [static c => c.Query("BEGIN").Parse("", Rows).Bind("", "").Execute("").Sync().Query("COMMIT")],
        ["transaction failed in one send"] = [static c => c.Query("BEGIN").Query(Fails).Query(Rows).Query("COMMIT").Query(Rows)],
        ["transaction read only by itself"] = [static c => c.Query("BEGIN READ ONLY"), static c => c.Query(Rows), static c => c.Query("COMMIT")],
        ["transaction isolation"] = [static c => c.Query("BEGIN ISOLATION LEVEL REPEATABLE READ"), static c => c.Query("SHOW transaction_isolation"), static c => c.Query("COMMIT")],
        ["set in a transaction rolled back"] = [static c => c.Query("BEGIN"), static c => c.Query("SET DateStyle = 'German'"), static c => c.Query("ROLLBACK"), static c => c.Query("SHOW DateStyle")],
        ["set to nonsense"] = [static c => c.Query("SET statement_timeout = 'nonsense'"), static c => c.Query("SELECT 1")],
        ["reset"] = [static c => c.Query("SET application_name = 'x'"), static c => c.Query("RESET application_name"), static c => c.Query("SHOW application_name")],
        ["several, blank parts"] = [static c => c.Query($";; SELECT 1;; {Rows} ; ;")],
        ["names with quotes in them"] = [static c => c.Parse("a \"b\"", Rows).Bind("p 'q'", "a \"b\"").Execute("p 'q'").Sync(), static c => c.Bind("", "nobody \"x\"").Sync()],
        ["too few parameters"] = [static c => c.Parse("my statement", One).Sync(), static c => c.Bind("", "my statement").Sync()],
        ["more typed parameters than used"] = [static c => c.Parse("", One, 20, 25).Describe(S, "").Sync()],
        ["dates and numbers"] = [static c => c.Query("SELECT now()::date = current_date, 1.50::numeric, 'infinity'::float8, interval '1 day'")],
    };

    private static RecordingRelay? _toServer;
    private static RecordingRelay? _toProxy;
    private static ThrowAwayProxy? _sliced;

    private static IEnumerable<string> Names => Scripts.Keys;

    [OneTimeSetUp]
    public async Task GrantAsync()
    {
        // What the server says comes in pieces, but not as small as what the client says: a catalogue is much to read.
        _toServer = new(Shared.Server.Port, pieceSize: 5);
        _sliced = await ThrowAwayProxy.StartAsync(Shared.Server, upstream: _toServer.Port);
        _toProxy = new(_sliced.Port, pieceSize: 1);
        foreach (var statement in (string[])[Rows, One, Fails])
        {
            await Shared.Proxy.GrantAsync(statement);
            await _sliced.GrantAsync(statement);
        }
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await (_toProxy?.DisposeAsync() ?? default);
        await (_sliced?.DisposeAsync() ?? default);
        await (_toServer?.DisposeAsync() ?? default);
    }

    [TestCaseSource(nameof(Names))]
    public async Task Messages_are_the_servers(string name)
    {
        var direct = await PlayAsync(await WireClient.ConnectAsync(Shared.Server.Port, "jitproxy", null), Scripts[name]);
        var proxied = await PlayAsync(await WireClient.ConnectAsync(Shared.Proxy.Port), Scripts[name]);
        Assert.That(proxied, Is.EqualTo(direct));
        Assert.That(direct[^1], Is.EqualTo("Z:I"));
    }

    [TestCaseSource(nameof(Names))]
    public async Task Messages_are_the_servers_however_they_are_cut(string name)
    {
        var direct = await PlayAsync(await WireClient.ConnectAsync(Shared.Server.Port, "jitproxy", null), Scripts[name]);
        var proxied = await PlayAsync(await WireClient.ConnectAsync(_toProxy!.Port), Scripts[name]);
        Assert.That(proxied, Is.EqualTo(direct));
    }

    /// <summary>A message that is not counted among those that are answered by ReadyForQuery.</summary>
    private static byte[] Frame(char tag, string text)
    {
        var body = Encoding.UTF8.GetBytes(text + "\0");
        var frame = new byte[5 + body.Length];
        frame[0] = (byte)tag;
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), 4 + body.Length);
        body.CopyTo(frame, 5);
        return frame;
    }

    private static async Task<List<string>> PlayAsync(WireClient client, Func<WireClient, WireClient>[] script)
    {
        await using (client)
        {
            var transcript = new List<string>();
            foreach (var part in script)
            {
                var before = client.Asked;
                part(client);
                transcript.AddRange((await client.RunAsync(times: client.Asked - before)).Select(Normalize));
            }

            return transcript;
        }
    }

    // Of an error, where in the server's source it was raised is not part of what it says.
    private static string Normalize(LoginMessage message)
    {
        if (message.Tag != (byte)PgServerTag.ErrorResponse)
            return WireClient.Show(message);

        var fields = Encoding.UTF8.GetString(message.Body).Split('\0').Where(static f => f is not ['F' or 'L' or 'R', ..]);
        return "E:" + string.Join('.', fields);
    }
}
