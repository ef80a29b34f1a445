using JitProxy.Server.Decide;
using JitProxy.Storage;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Decide;

[TestFixture]
internal sealed class UserDirectoryTests
{
    private readonly List<UserChange> _recorded = [];
    private DirectoryInfo _folder = null!;
    private Store _store = null!;
    private UserDirectory _users = null!;
    private string? _trailFault;

    private SettableClock Clock { get; } = new(new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    [SetUp]
    public void SetUp()
    {
        _folder = Directory.CreateTempSubdirectory("jitproxy-users-");
        _store = Store.Open(Path.Combine(_folder.FullName, "jitproxy.db"), Clock);
        _recorded.Clear();
        _trailFault = null;
        _users = NewDirectory();
    }

    [TearDown]
    public void TearDown()
    {
        _store.Dispose();
        _folder.Delete(recursive: true);
    }

    [Test]
    public void Somebody_signs_in_with_the_password_that_was_set_last()
    {
        Assert.That(_users.Add("alice", "first", Actor.Administrator), Is.Null);
        Assert.That(_users.SetPassword("alice", "second", new("alice")), Is.Null);

        var secret = NewDirectory().FindOrMock("alice").Secrets.Single();

        Assert.That((secret.Verifiers.Matches("first"), secret.Verifiers.Matches("second")), Is.EqualTo((false, true)));
    }

    [Test]
    public void A_stranger_looks_like_somebody_and_has_no_secret()
    {
        _users.Add("alice", "pencil", Actor.Administrator);
        var (alice, mallory, mallory2, trudy) = (_users.FindOrMock("alice"), _users.FindOrMock("mallory"), NewDirectory().FindOrMock("mallory"), _users.FindOrMock("trudy"));

        Assert.That((mallory.Salt.Length, mallory.Iterations), Is.EqualTo((alice.Salt.Length, alice.Iterations)));
        Assert.That(mallory2.Salt.ToArray(), Is.EqualTo(mallory.Salt.ToArray()));
        Assert.That(trudy.Salt.ToArray(), Is.Not.EqualTo(mallory.Salt.ToArray()));
        Assert.That(mallory.Secrets, Is.Empty);
        Assert.That(_users.Contains("mallory"), Is.False);
    }

    [Test]
    public void A_token_opens_the_same_door_until_it_ends()
    {
        _users.Add("alice", "pencil", Actor.Administrator);

        var (token, secret) = _users.CreateToken("alice", TimeSpan.FromHours(8), new("alice"), out _)!.Value;

        var login = _users.FindOrMock("alice").SecretsAt(Clock.Now).Single(s => s.TokenId == token.Id);
        Assert.That(login.Verifiers.Matches(secret), Is.True);
        Assert.That(login.Verifiers.Salt.ToArray(), Is.EqualTo(_users.FindOrMock("alice").Salt.ToArray()));
        Assert.That(_users.FindToken(secret)?.User, Is.EqualTo("alice"));
        Assert.That(_users.FindToken(secret + "x"), Is.Null);

        Clock.Now += TimeSpan.FromHours(8);
        Assert.That(_users.FindToken(secret), Is.Null);
        Assert.That(_users.FindOrMock("alice").SecretsAt(Clock.Now).Count(), Is.EqualTo(1));
    }

    [Test]
    public void Tokens_are_revoked_by_their_owner_and_the_administrator()
    {
        _users.Add("alice", null, Actor.Administrator);
        var (token, secret) = _users.CreateToken("alice", TimeSpan.FromHours(8), new("alice"), out _)!.Value;

        Assert.That(_users.RevokeToken(token.Id, new("bob")), Does.Contain("no token"));
        Assert.That(_users.FindToken(secret), Is.Not.Null);
        Assert.That(_users.RevokeToken(token.Id, new("alice")), Is.Null);
        Assert.That(_users.FindToken(secret), Is.Null);
        Assert.That(_users.RevokeToken(token.Id, Actor.Administrator), Does.Contain("no token"));
        Assert.That(_users.FindOrMock("alice").Secrets, Is.Empty);
    }

    [Test]
    public void Somebody_has_a_bounded_number_of_tokens()
    {
        _users.Add("alice", null, Actor.Administrator);
        for (var i = 0; i < 32; i++)
            Assert.That(_users.CreateToken("alice", TimeSpan.FromHours(8), new("alice"), out _), Is.Not.Null);

        Assert.That(_users.CreateToken("alice", TimeSpan.FromHours(8), new("alice"), out var refusal), Is.Null);
        Assert.That(refusal, Does.Contain("Revoke some"));
        Clock.Now += TimeSpan.FromHours(8);
        Assert.That(_users.CreateToken("alice", TimeSpan.FromHours(8), new("alice"), out _), Is.Not.Null);
    }

    [TestCase(0)]
    [TestCase(367 * 24)]
    public void A_token_lives_for_a_sensible_time(int hours)
    {
        _users.Add("alice", null, Actor.Administrator);

        Assert.That(_users.CreateToken("alice", TimeSpan.FromHours(hours), new("alice"), out var refusal), Is.Null);
        Assert.That(refusal, Does.Contain("366d"));
        Assert.That(_users.CreateToken("nobody", TimeSpan.FromHours(8), new("nobody"), out _), Is.Null);
    }

    [Test]
    public void Who_is_removed_is_a_stranger()
    {
        _users.Add("alice", "pencil", Actor.Administrator);
        var secret = _users.CreateToken("alice", TimeSpan.FromHours(8), new("alice"), out _)!.Value.Secret;

        Assert.That(_users.Remove("alice", Actor.Administrator), Is.Null);

        Assert.That(_users.FindOrMock("alice").Secrets, Is.Empty);
        Assert.That(_users.FindToken(secret), Is.Null);
        Assert.That(_users.Remove("alice", Actor.Administrator), Does.Contain("no user"));
        Assert.That(_users.SetPassword("alice", "pencil", Actor.Administrator), Does.Contain("no user"));
    }

    [TestCase("")]
    [TestCase("two words")]
    [TestCase("a,b")]
    [TestCase("tab\t")]
    [TestCase("-dash")]
    [TestCase("quote\"")]
    [TestCase("0123456789012345678901234567890123456789012345678901234567890123")]
    public void A_name_that_would_confuse_is_refused(string name) => Assert.That(_users.Add(name, "pencil", Actor.Administrator), Does.StartWith("A user's name"));

    [Test]
    public void A_name_is_taken_once()
    {
        Assert.That(_users.Add("alice.b@example.com", "pencil", Actor.Administrator), Is.Null);
        Assert.That(_users.Add("alice.b@example.com", "other", Actor.Administrator), Does.Contain("already"));
    }

    [Test]
    public void A_bad_password_changes_nothing()
    {
        Assert.That(_users.Add("alice", "", Actor.Administrator), Does.Contain("empty"));
        Assert.That(_users.Contains("alice"), Is.False);
    }

    [Test]
    public void Changes_are_recorded_and_those_that_end_sessions_announced()
    {
        var announced = new List<string>();
        _users.Changed += announced.Add;

        _users.Add("alice", "pencil", Actor.Administrator);
        var token = _users.CreateToken("alice", TimeSpan.FromHours(8), new("alice"), out _)!.Value.Token;
        _users.RevokeToken(token.Id, new("alice"));
        _users.SetPassword("alice", "other", new("alice"));
        _users.Remove("alice", Actor.Administrator);

        Assert.That(_recorded.Select(c => c.Kind), Is.EqualTo(new[]
        {
            UserChangeKind.Added, UserChangeKind.TokenCreated, UserChangeKind.TokenRevoked, UserChangeKind.PasswordChanged, UserChangeKind.Removed,
        }));
        Assert.That(announced, Has.Count.EqualTo(3));
    }

    [Test]
    public void Nothing_changes_when_the_trail_cannot_be_written()
    {
        _users.Add("alice", "pencil", Actor.Administrator);
        var token = _users.CreateToken("alice", TimeSpan.FromHours(8), new("alice"), out _)!.Value.Token;
        _trailFault = "the disk is full";

        Assert.That(_users.Add("bob", "pencil", Actor.Administrator), Does.Contain("the disk is full"));
        Assert.That(_users.SetPassword("alice", "other", Actor.Administrator), Does.Contain("the disk is full"));
        Assert.That(_users.Remove("alice", Actor.Administrator), Does.Contain("the disk is full"));
        Assert.That(_users.RevokeToken(token.Id, Actor.Administrator), Does.Contain("the disk is full"));
        Assert.That(_users.CreateToken("alice", TimeSpan.FromHours(1), Actor.Administrator, out var refusal), Is.Null);
        Assert.That(refusal, Does.Contain("the disk is full"));

        Assert.That(NewDirectory().Users.Select(u => u.Name), Is.EqualTo(new[] { "alice" }));
        Assert.That(NewDirectory().FindOrMock("alice").Secrets, Has.Length.EqualTo(2));
        Assert.That(_users.FindOrMock("alice").Secrets[0].Verifiers.Matches("pencil"), Is.True);
    }

    private UserDirectory NewDirectory() => new(_store, Record, Clock);

    private string? Record(UserChange change)
    {
        if (_trailFault is null)
            _recorded.Add(change);

        return _trailFault;
    }
}
