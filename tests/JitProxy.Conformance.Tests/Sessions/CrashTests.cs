using System.Diagnostics;
using JitProxy.Conformance.Tests.Support;
using JitProxy.Wire.Postgres;
using Npgsql;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Sessions;

/// <summary>Nothing runs unrecorded: when the proxy is killed, and when the trail's disk is full.</summary>
[TestFixture]
internal sealed class CrashTests
{
    [Test]
    public async Task Killed_proxy_has_recorded_everything_that_the_server_ran()
    {
        using var server = await Shop.StartAsync("log_min_duration_statement=-1", "log_statement=all", "log_line_prefix=%u:");
        await using var proxy = await ThrowAwayProxy.StartAsync(server);

        // Every statement is another one, so that each can be looked up.
        var statements = Enumerable.Range(0, 200).Select(static i => $"SELECT {i} AS number, ssn FROM customers WHERE id = 1").ToArray();
        foreach (var statement in statements)
            await proxy.GrantAsync(statement);

        var ran = 0;
        var clients = Enumerable.Range(0, 8).Select(async worker =>
        {
            try
            {
                await using var connection = await proxy.OpenAsync();
                for (var i = worker; ; i = (i + 8) % statements.Length)
                {
                    await using var command = new NpgsqlCommand(statements[i], connection);
                    await command.ExecuteNonQueryAsync();
                    Interlocked.Increment(ref ran);
                }
            }
            catch (NpgsqlException)
            {
                // The proxy is gone.
            }
        }).ToArray();
        var clock = Stopwatch.StartNew();
        while (Volatile.Read(ref ran) < 100 && clock.Elapsed < TimeSpan.FromSeconds(60))
            await Task.Delay(5);

        await proxy.KillAsync();
        await Task.WhenAll(clients);
        Assert.That(ran, Is.GreaterThanOrEqualTo(100));

        await proxy.StartProcessAsync();
        var authorized = (await proxy.AuditAsync("decision=authorized")).GroupBy(static r => r.Statement!).ToDictionary(static g => g.Key, static g => g.Count());
        var log = server.ReadLog();
        var executed = statements.ToDictionary(static s => s, s => log.Split('\n').Count(l => l.StartsWith("jitproxy:", StringComparison.Ordinal)
            && l.Contains(" execute ", StringComparison.Ordinal) && l.EndsWith(": " + s, StringComparison.Ordinal)));
        Assert.That(executed.Values.Sum(), Is.GreaterThanOrEqualTo(ran), "the log tells executions");
        Assert.That(executed.Where(e => e.Value > authorized.GetValueOrDefault(e.Key)), Is.Empty, "ran without a record");
        var verdict = await proxy.VerifyAsync();
        Assert.That(verdict.Intact, Is.True, verdict.Message);
    }

    [Test]
    public async Task Full_disk_refuses_statements_until_there_is_room()
    {
        var disk = Directory.CreateTempSubdirectory("jitproxy-disk").FullName;
        var mount = await ProcessRun.RunAsync("mount", ["-t", "tmpfs", "-o", "size=24m", "tmpfs", disk]);
        Assert.That(mount.ExitCode, Is.Zero, $"this test mounts a small disk, which needs root: {mount.Text}");
        try
        {
            await using var proxy = await ThrowAwayProxy.StartAsync(Shared.Server, state: disk);
            var grant = await proxy.GrantAsync(Shop.Granted);

            // Not Npgsql: it takes SQLSTATE 58030 for the end of its connection.
            await using var client = await WireClient.ConnectAsync(proxy.Port);
            Assert.That(await FindErrorAsync(client), Is.Null);
            Fill(Path.Combine(disk, "full"));

            // What was set aside for records may still take some; then it must stop.
            string? refusal = null;
            for (var i = 0; i < 200_000 && refusal is null; i++)
                refusal = await FindErrorAsync(client);

            Assert.That(refusal, Does.Contain("58030").And.Contain("the audit trail cannot be written, so nothing runs"));
            await CheckWhileFullAsync(proxy, grant);

            File.Delete(Path.Combine(disk, "full"));
            var clock = Stopwatch.StartNew();
            while (await FindErrorAsync(client) is { } still)
            {
                Assert.That(clock.Elapsed, Is.LessThan(TimeSpan.FromSeconds(30)), still);
                await Task.Delay(50);
            }

            Assert.That((await proxy.GetTextAsync("/readyz")).Status, Is.EqualTo(200));
            Assert.That((await proxy.RunAsync(grant))[^1].End!.Error, Is.Null);
            Assert.That((await proxy.CommandAsync("request", "--role", "writer", "--database", "shop/app", "--as", "alice", "--reason", "x")).ExitCode, Is.Zero);
            Assert.That((await proxy.VerifyAsync()).Intact, Is.True);
        }
        finally
        {
            await ProcessRun.RunAsync("umount", [disk]);
            Directory.Delete(disk, recursive: true);
        }
    }

    // Nothing runs and nothing is asked for; whoever looks sees why, and the process lives.
    private static async Task CheckWhileFullAsync(ThrowAwayProxy proxy, long grant)
    {
        var (status, text) = await proxy.GetTextAsync("/readyz");
        Assert.That(status, Is.EqualTo(503));
        Assert.That(text, Does.Match("\"name\":\"audit\",\"ok\":false,\"reason\":\"[^\"]*the audit trail cannot be written"));
        Assert.That((await proxy.GetTextAsync("/healthz")).Status, Is.EqualTo(200));
        Assert.That((await proxy.GetTextAsync("/metrics")).Text, Does.Contain("\njitproxy_audit_writable 0\n"));
        Assert.That((await proxy.RunAsync(grant))[^1].End!.Error, Does.Contain("the audit trail cannot be written"));
        var request = await proxy.CommandAsync("request", "--role", "writer", "--database", "shop/app", "--as", "alice", "--reason", "x");
        Assert.That((request.ExitCode, request.Output), Is.EqualTo((1, "")));
        Assert.That(request.Error, Does.Contain("disk").Or.Contain("cannot be written"));
        Assert.That(await proxy.AuditAsync("decision=authorized"), Is.Not.Empty, "the trail can be read");
    }

    private static async Task<string?> FindErrorAsync(WireClient client) =>
        (await client.Query(Shop.Granted).RunAsync()).Where(static m => m.Tag == (byte)PgServerTag.ErrorResponse).Select(WireClient.Show).FirstOrDefault();

    private static void Fill(string path)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var block = new byte[4096];
        try
        {
            while (true)
                file.Write(block);
        }
        catch (IOException)
        {
            // That was the last block.
        }
    }
}
