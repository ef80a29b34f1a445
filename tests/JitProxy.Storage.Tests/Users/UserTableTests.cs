using System.Text;
using JitProxy.Storage.Users;
using NUnit.Framework;

namespace JitProxy.Storage.Tests.Users;

[TestFixture]
internal sealed class UserTableTests
{
    private static readonly byte[] Salt = [.. Enumerable.Range(0, 16).Select(i => (byte)i)];

    [Test]
    public void A_user_comes_back_from_the_file()
    {
        using var file = new StoreFile();
        using (var store = file.Open())
        {
            Assert.That(store.Users.TryAdd(Account(file, "alice", "pencil")), Is.True);
            Assert.That(store.Users.TryAdd(Account(file, "bob", null)), Is.True);
        }

        using var again = file.Open();
        var users = again.Users.ReadAll();

        Assert.That(users.Select(u => u.Name), Is.EqualTo(new[] { "alice", "bob" }));
        Assert.That(users[0].Password!.Matches("pencil"), Is.True);
        Assert.That(users[0].Password!.Sha1Twice.ToArray(), Is.EqualTo(Derive("pencil").Sha1Twice.ToArray()));
        Assert.That(users[0].Password!.ServerKey.ToArray(), Is.EqualTo(Derive("pencil").ServerKey.ToArray()));
        Assert.That(users[0].CreatedAt, Is.EqualTo(file.Clock.Now));
        Assert.That(users[1].Password, Is.Null);
    }

    [Test]
    public void A_name_is_taken_once()
    {
        using var file = new StoreFile();
        using var store = file.Open();
        store.Users.TryAdd(Account(file, "alice", "pencil"));

        Assert.That(store.Users.TryAdd(Account(file, "alice", "other")), Is.False);
        Assert.That(store.Users.ReadAll()[0].Password!.Matches("pencil"), Is.True);
    }

    [Test]
    public void A_new_password_replaces_the_old_one()
    {
        using var file = new StoreFile();
        using var store = file.Open();
        store.Users.TryAdd(Account(file, "alice", "pencil"));

        Assert.That(store.Users.TrySetPassword("alice", Derive("eraser")), Is.True);
        Assert.That(store.Users.ReadAll()[0].Password!.Matches("eraser"), Is.True);
        Assert.That(store.Users.TrySetPassword("nobody", Derive("eraser")), Is.False);
    }

    [Test]
    public void A_password_with_another_salt_is_not_kept_because_tokens_share_it()
    {
        using var file = new StoreFile();
        using var store = file.Open();
        store.Users.TryAdd(Account(file, "alice", "pencil"));
        PasswordVerifiers.TryDerive("eraser", new byte[16], 4096, out var verifiers, out _);

        Assert.That(store.Users.TrySetPassword("alice", verifiers!), Is.False);
    }

    [Test]
    public void The_password_is_nowhere_in_the_files()
    {
        using var file = new StoreFile();
        var secret = AccessToken.NewSecret();
        using (var store = file.Open())
        {
            store.Users.TryAdd(Account(file, "alice", "correct horse battery"));
            store.Tokens.Add(Token(file, "alice", secret));
        }

        var bytes = Directory.GetFiles(Path.GetDirectoryName(file.Path)!).SelectMany(File.ReadAllBytes).ToArray();

        Assert.That(bytes.AsSpan().IndexOf("alice"u8), Is.GreaterThan(0));
        Assert.That(bytes.AsSpan().IndexOf("correct horse battery"u8), Is.EqualTo(-1));
        Assert.That(bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(secret)), Is.EqualTo(-1));
    }

    [Test]
    public void A_token_comes_back_until_it_ends_or_is_revoked()
    {
        using var file = new StoreFile();
        using var store = file.Open();
        store.Users.TryAdd(Account(file, "alice", null));
        var secret = AccessToken.NewSecret();
        var token = store.Tokens.Add(Token(file, "alice", secret));
        var other = store.Tokens.Add(Token(file, "alice", AccessToken.NewSecret()));

        var read = store.Tokens.ReadValid(file.Clock.Now);
        Assert.That(read.Select(t => t.Id), Is.EqualTo(new[] { token.Id, other.Id }));
        Assert.That(read[0].SecretHash.ToArray(), Is.EqualTo(AccessToken.Hash(secret)));
        Assert.That(read[0].Verifiers.Matches(secret), Is.True);

        Assert.That(store.Tokens.TryRevoke(token.Id, file.Clock.Now), Is.True);
        Assert.That(store.Tokens.TryRevoke(token.Id, file.Clock.Now), Is.False);
        Assert.That(store.Tokens.ReadValid(file.Clock.Now).Select(t => t.Id), Is.EqualTo(new[] { other.Id }));
        Assert.That(store.Tokens.ReadValid(other.ExpiresAt), Is.Empty);
    }

    [Test]
    public void Tokens_go_with_their_user()
    {
        using var file = new StoreFile();
        using var store = file.Open();
        store.Users.TryAdd(Account(file, "alice", null));
        store.Tokens.Add(Token(file, "alice", AccessToken.NewSecret()));

        Assert.That(store.Users.TryRemove("alice"), Is.True);
        Assert.That(store.Users.TryRemove("alice"), Is.False);
        store.Users.TryAdd(Account(file, "alice", null));
        Assert.That(store.Tokens.ReadValid(file.Clock.Now), Is.Empty);
    }

    [Test]
    public void Secrets_differ()
    {
        var secrets = Enumerable.Range(0, 100).Select(_ => AccessToken.NewSecret()).ToArray();

        Assert.That(secrets, Is.Unique);
        Assert.That(secrets, Has.All.Length.EqualTo(47).And.All.StartsWith("jit_"));
    }

    private static UserAccount Account(StoreFile file, string name, string? password) =>
        new(name, Salt, PasswordVerifiers.IterationsDefault, password is null ? null : Derive(password), file.Clock.Now);

    private static AccessToken Token(StoreFile file, string user, string secret) =>
        new(0, user, AccessToken.Hash(secret), Derive(secret), file.Clock.Now, file.Clock.Now.AddHours(8));

    private static PasswordVerifiers Derive(string password) =>
        PasswordVerifiers.TryDerive(password, Salt, PasswordVerifiers.IterationsDefault, out var verifiers, out var fault)
            ? verifiers
            : throw new AssertionException(fault);
}
