using System.Diagnostics;
using JitProxy.Server.Accept;
using JitProxy.Server.Authenticate;
using JitProxy.Server.Configuration;
using JitProxy.Server.Decide;
using JitProxy.Storage;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Authenticate;

/// <summary>Who may sign in must not show in how long a refusal takes.</summary>
internal sealed class LoginTimingTests
{
    private const int Tries = 400;

    /// <summary>Far above what scheduling makes of medians taken in turns, and far below a key derivation that only one of them pays.</summary>
    private const double Factor = 1.4;

    [Test]
    public async Task A_name_that_nobody_has_a_wrong_password_an_ended_token_and_many_tokens_take_equally_long()
    {
        var folder = Directory.CreateTempSubdirectory("jitproxy-timing");
        try
        {
            using var store = Store.Open(Path.Combine(folder.FullName, "jitproxy.db"), TimeProvider.System);
            var clock = new ManualClock();
            var users = new UserDirectory(store, static _ => null, clock);
            Assert.That(users.Add("alice", "alice-password", Actor.Administrator), Is.Null);
            Assert.That(users.Add("carol", "carol-password", Actor.Administrator), Is.Null);
            Assert.That(users.CreateToken("carol", TimeSpan.FromMinutes(1), Actor.Administrator, out _), Is.Not.Null);
            clock.Advance(TimeSpan.FromHours(1));
            Assert.That(users.Add("dave", "dave-password", Actor.Administrator), Is.Null);
            for (var tokens = 0; tokens < 5; tokens++)
                Assert.That(users.CreateToken("dave", TimeSpan.FromDays(365), Actor.Administrator, out _), Is.Not.Null);

            var login = new PostgresLogin(new()
            {
                TlsMode = ListenerTlsMode.Disable,
                Identity = null,
                FindUser = name => ScramAccount.Of(users.FindOrMock(name), clock.GetUtcNow()),
                Limiter = new(clock),
                Timeout = Timeout.InfiniteTimeSpan,
                Clock = TimeProvider.System,
            });

            var names = new[] { "alice", "nobody", "carol", "dave" };
            var times = names.ToDictionary(static name => name, static _ => new List<double>());
            var keys = new ScramKeyCache();
            for (var round = 0; round < Tries; round++)
            {
                foreach (var name in names)
                {
                    // Else the limiter would answer.
                    clock.Advance(TimeSpan.FromMinutes(20));
                    times[name].Add(await FailAsync(login, name, keys));
                }
            }

            var medians = times.ToDictionary(static t => t.Key, static t => Median(t.Value));
            var figures = string.Join(", ", medians.Select(static m => $"{m.Key} {m.Value:0} us"));
            TestContext.Out.WriteLine(figures);
            Assert.That(medians.Values.Max() / medians.Values.Min(), Is.LessThan(Factor), figures);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<double> FailAsync(PostgresLogin login, string name, ScramKeyCache keys)
    {
        var (near, far) = MemoryConnection.CreatePair();
        await using var client = new ScriptedClient(near);
        await using (far)
        {
            var outcome = login.RunAsync(far, CancellationToken.None);
            var start = Stopwatch.GetTimestamp();
            await client.SendAsync(ScriptedClient.Startup(name));
            var answer = await client.SignInAsync("a guess", keys: keys);
            var elapsed = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
            Assert.That(answer, Is.EqualTo($"FATAL 28P01: password authentication failed for user \"{name}\""));
            Assert.That(await outcome, Is.InstanceOf<LoginRefused>());
            return elapsed;
        }
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }
}
