using System.Security.Cryptography;
using System.Text;
using JitProxy.Storage.Users;
using NUnit.Framework;

namespace JitProxy.Storage.Tests.Users;

[TestFixture]
internal sealed class PasswordVerifiersTests
{
    // The exchange of RFC 7677, section 3.
    [Test]
    public void They_answer_the_exchange_of_the_specification()
    {
        var verifiers = Derive("pencil", Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ=="));
        var message = Encoding.ASCII.GetBytes(
            "n=user,r=rOprNGfwEbeRWgbNEkqO,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,"
            + "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0");

        var proof = Convert.FromBase64String("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
        var signature = HMACSHA256.HashData(verifiers.StoredKey.Span, message);
        var clientKey = proof.Zip(signature, (p, s) => (byte)(p ^ s)).ToArray();

        Assert.That(SHA256.HashData(clientKey), Is.EqualTo(verifiers.StoredKey.ToArray()));
        Assert.That(Convert.ToBase64String(HMACSHA256.HashData(verifiers.ServerKey.Span, message)), Is.EqualTo("6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
    }

    [Test]
    public void The_double_hashes_are_those_of_MySQL()
    {
        Assert.That(Convert.ToHexString(Derive("password").Sha1Twice.Span), Is.EqualTo("2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19"));
        Assert.That(
            Convert.ToHexString(Derive("hello").Sha256Twice.Span),
            Is.EqualTo("9595C9DF90075148EB06860365DF33584B75BFF782A510C6CD4883A419833D50"));
    }

    [Test]
    public void They_tell_the_password_from_others()
    {
        var verifiers = Derive("correct horse");

        Assert.That(verifiers.Matches("correct horse"), Is.True);
        Assert.That(verifiers.Matches("correct horse "), Is.False);
        Assert.That(verifiers.Matches(""), Is.False);
    }

    [TestCase("gr\u00fc\u00dfe")]
    [TestCase("\u043f\u0430\u0440\u043e\u043b\u044c")]
    [TestCase("\u5bc6\u7801")]
    public void Letters_that_have_one_form_are_taken(string password) => Assert.That(Derive(password).Matches(password), Is.True);

    [TestCase("")]
    [TestCase("tab\there")]
    [TestCase("no\u00a0break")]
    [TestCase("e\u0301")]
    [TestCase("\ufb01ne")]
    [TestCase("\u212b")]
    [TestCase("soft\u00adhyphen")]
    [TestCase("\ufffd")]
    public void Characters_that_clients_change_are_refused(string password)
    {
        Assert.That(PasswordVerifiers.TryDerive(password, new byte[16], 4096, out _, out var fault), Is.False);
        Assert.That(fault, Does.StartWith("The password"));
    }

    [Test]
    public void Half_a_character_is_refused() =>
        Assert.That(PasswordVerifiers.TryDerive("a" + (char)0xD800, new byte[16], 4096, out _, out _), Is.False);

    [Test]
    public void An_endless_password_is_refused() =>
        Assert.That(PasswordVerifiers.TryDerive(new string('x', 1025), new byte[16], 4096, out _, out _), Is.False);

    [Test]
    public void Printing_them_shows_no_key()
    {
        var verifiers = Derive("pencil");

        Assert.That(verifiers.ToString(), Is.EqualTo("PasswordVerifiers { Iterations = 4096 }"));
    }

    private static PasswordVerifiers Derive(string password, byte[]? salt = null) =>
        PasswordVerifiers.TryDerive(password, salt ?? new byte[16], PasswordVerifiers.IterationsDefault, out var verifiers, out var fault)
            ? verifiers
            : throw new AssertionException(fault);
}
