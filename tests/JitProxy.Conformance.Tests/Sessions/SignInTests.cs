using System.Data.Common;
using System.Diagnostics;
using JitProxy.Conformance.Tests.Support;
using Npgsql;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Sessions;

/// <summary>Tokens as passwords, what ends a session from outside, and how guessing is slowed down, through a driver of each engine.</summary>
[TestFixture(AnyShop.PostgreSql)]
[TestFixture(AnyShop.MariaDb)]
[TestFixture(AnyShop.MySql)]
internal sealed class SignInTests(string engine)
{
    // A second is promised; the machine that tests may be busy with four others.
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    private AnyDoor _door = null!;

    [OneTimeSetUp]
    public async Task FindAsync() => _door = await AnyDoor.OfAsync(engine);

    [Test]
    public async Task A_token_is_a_password_until_it_is_revoked_and_its_sessions_end_with_it()
    {
        var token = await _door.CreateTokenAsync("alice", "8h");
        var other = await _door.CreateTokenAsync("alice", "8h");
        await using var mine = await _door.OpenAsync(password: token.Token);
        await using var others = await _door.OpenAsync(password: other.Token);
        await using var byPassword = await _door.OpenAsync();
        Assert.That(await AnyDoor.RunAsync(mine, "SELECT 1"), Is.EqualTo(1));

        await _door.RevokeTokenAsync("alice", token.Id);

        await AssertEndsAsync(mine, "revoked");
        Assert.That(() => _door.OpenAsync(password: token.Token), Throws.InstanceOf<DbException>());
        Assert.That(await AnyDoor.RunAsync(others, "SELECT 1"), Is.EqualTo(1), "another token is another matter");
        Assert.That(await AnyDoor.RunAsync(byPassword, "SELECT 1"), Is.EqualTo(1));
        await _door.RevokeTokenAsync("alice", other.Id);
    }

    [Test]
    public async Task A_token_ends_by_the_clock_and_its_sessions_with_it()
    {
        var token = await _door.CreateTokenAsync("alice", "3s");
        await using var connection = await _door.OpenAsync(password: token.Token);
        Assert.That(await AnyDoor.RunAsync(connection, "SELECT 1"), Is.EqualTo(1));

        await AssertEndsAsync(connection, "expired", TimeSpan.FromSeconds(3));
        Assert.That(() => _door.OpenAsync(password: token.Token), Throws.InstanceOf<DbException>());
    }

    [Test]
    public async Task A_removed_user_is_cut_off_with_every_token()
    {
        await _door.Proxy.AddUserAsync("trudy");
        var token = await _door.CreateTokenAsync("trudy", "8h");
        await using var byToken = await _door.OpenAsync("trudy", token.Token);
        await using var byPassword = await _door.OpenAsync("trudy", "trudy-password");

        await _door.Proxy.RemoveUserAsync("trudy");

        await AssertEndsAsync(byToken, "removed");
        await AssertEndsAsync(byPassword, "removed");
        await _door.Proxy.AddUserAsync("trudy");
        Assert.That(() => _door.OpenAsync("trudy", token.Token), Throws.InstanceOf<DbException>(), "a namesake does not inherit tokens");
        await _door.Proxy.RemoveUserAsync("trudy");
    }

    [Test]
    public async Task After_ten_wrong_passwords_a_user_has_to_wait_at_that_address_and_nobody_else()
    {
        foreach (var name in (string[])["oscar", "peggy"])
            await _door.Proxy.AddUserAsync(name);

        for (var i = 0; i < 10; i++)
            Assert.That(() => _door.OpenAsync("oscar", "wrong"), Throws.InstanceOf<DbException>().With.Message.Not.Contain("too many"));

        var error = Assert.CatchAsync<DbException>(() => _door.OpenAsync("oscar", "oscar-password"))!;
        Assert.That($"{error.Message} {(error as PostgresException)?.Hint}", Does.Match("too many failed logins.*[0-9]+ s"), "the right one comes too late");
        await (await _door.OpenAsync("peggy", "peggy-password")).DisposeAsync();

        // A stranger looks like everybody else.
        for (var i = 0; i < 10; i++)
            Assert.That(() => _door.OpenAsync("nobody", "wrong"), Throws.InstanceOf<DbException>().With.Message.Not.Contain("too many"));

        Assert.That(() => _door.OpenAsync("nobody", "wrong"), Throws.InstanceOf<DbException>().With.Message.Contain("too many").IgnoreCase);
        foreach (var name in (string[])["oscar", "peggy"])
            await _door.Proxy.RemoveUserAsync(name);
    }

    // A statement every now and then: the session ends whether or not its client does anything.
    private static async Task AssertEndsAsync(DbConnection connection, string why, TimeSpan? from = null)
    {
        var clock = Stopwatch.StartNew();
        var runs = 0;
        while (true)
        {
            try
            {
                await AnyDoor.RunAsync(connection, "SELECT 1");
                runs++;
            }
            catch (DbException)
            {
                TestContext.Out.WriteLine($"{why}: ended after {clock.ElapsedMilliseconds} ms and {runs} statements");
                Assert.That(clock.Elapsed, Is.LessThan((from ?? TimeSpan.Zero) + Soon));
                return;
            }

            Assert.That(clock.Elapsed, Is.LessThan((from ?? TimeSpan.Zero) + Soon), $"the token was {why}, and the session goes on");
            await Task.Delay(20);
        }
    }
}
