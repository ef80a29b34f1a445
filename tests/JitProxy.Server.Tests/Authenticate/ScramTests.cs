using System.Security.Cryptography;
using System.Text;
using JitProxy.Server.Authenticate;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Authenticate;

internal sealed class ScramTests
{
    private static readonly byte[] Salt = Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ==");
    private static readonly byte[] Binding = [1, 2, 3, 4];

    private static ScramAccount Account(params string[] passwords) => new(Salt, 4096, [.. passwords.Select(Credential)]);

    private static ScramCredential Credential(string password)
    {
        var salted = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), Salt, 4096, HashAlgorithmName.SHA256, 32);
        var clientKey = HMACSHA256.HashData(salted, "Client Key"u8);
        return new(SHA256.HashData(clientKey), HMACSHA256.HashData(salted, "Server Key"u8));
    }

    private static byte[] Ascii(string text) => Encoding.ASCII.GetBytes(text);

    [Test]
    public void Server_answers_the_example_of_rfc_7677()
    {
        var server = new ScramServer(Account("pencil"), null, isPlus: false, Ascii("%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"));
        Assert.That(server.TryBegin("n,,n=user,r=rOprNGfwEbeRWgbNEkqO"u8, out var first), Is.EqualTo(ScramFault.None));
        Assert.That(
            Encoding.ASCII.GetString(first!),
            Is.EqualTo("r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"));
        var fault = server.TryFinish(
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="u8, out var final, out _);
        Assert.That(fault, Is.EqualTo(ScramFault.None));
        Assert.That(Encoding.ASCII.GetString(final!), Is.EqualTo("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
    }

    [Test]
    public void Client_sends_the_example_of_rfc_7677()
    {
        var client = new ScramClient("pencil", new(), null, couldBind: false, Ascii("rOprNGfwEbeRWgbNEkqO"), Ascii("user"));
        Assert.That(Encoding.ASCII.GetString(client.Begin()), Is.EqualTo("n,,n=user,r=rOprNGfwEbeRWgbNEkqO"));
        var serverFirst = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"u8;
        Assert.That(client.TryContinue(serverFirst, out var final, out _), Is.True);
        Assert.That(
            Encoding.ASCII.GetString(final!),
            Is.EqualTo("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="));
        Assert.That(client.Verify("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="u8), Is.True);
    }

    [Test]
    public void Any_secret_of_the_account_fits_and_is_told_apart([Values(0, 1, 2)] int which, [Values] bool isPlus)
    {
        var account = Account("one", "two", "three");
        var password = new[] { "one", "two", "three" }[which];
        var binding = isPlus ? Binding : null;
        Assert.That(Run(account, binding, new ScramClient(password, new(), binding, couldBind: false), isPlus, out var credential), Is.EqualTo(ScramFault.None));
        Assert.That(credential, Is.EqualTo(account.Credentials[which]));
    }

    [Test]
    public void Wrong_secret_is_refused()
    {
        var fault = Run(Account("right"), null, new ScramClient("wrong", new(), null, couldBind: false), isPlus: false, out var credential);
        Assert.That(fault, Is.EqualTo(ScramFault.WrongSecret));
        Assert.That(credential, Is.Null);
    }

    [Test]
    public void Client_bound_to_another_channel_is_refused()
    {
        var client = new ScramClient("secret", new(), [9, 9, 9, 9], couldBind: true);
        Assert.That(Run(Account("secret"), Binding, client, isPlus: true, out _), Is.EqualTo(ScramFault.ChannelBinding));
    }

    [Test]
    public void Client_that_was_kept_from_binding_is_refused_if_binding_was_offered()
    {
        var client = new ScramClient("secret", new(), null, couldBind: true);
        Assert.That(Encoding.ASCII.GetString(client.Begin()), Does.StartWith("y,,"));
        Assert.That(Run(Account("secret"), Binding, client, isPlus: false, out _), Is.EqualTo(ScramFault.ChannelBinding));
        client = new ScramClient("secret", new(), null, couldBind: true);
        Assert.That(Run(Account("secret"), null, client, isPlus: false, out _), Is.EqualTo(ScramFault.None));
    }

    [TestCase("")]
    [TestCase("n")]
    [TestCase("n,,")]
    [TestCase("n,,n=a")]
    [TestCase("n,,n=a,r=")]
    [TestCase("n,,n=a,r=abc,")]
    [TestCase("n,,r=abc,n=a")]
    [TestCase("n,,n=a,r=ab c")]
    [TestCase("n,,n=a,r=ab\u0001c")]
    [TestCase("n,,m=x,n=a,r=abc")]
    [TestCase("n,,n=a,r=abc,m=x")]
    [TestCase("n,,n=a,r=abc,x")]
    [TestCase("n,a=bob,n=a,r=abc", Description = "act as somebody else")]
    [TestCase("x,,n=a,r=abc")]
    [TestCase("p=tls-unique,,n=a,r=abc")]
    [TestCase("p=tls-server-end-point,,n=a,r=abc", Description = "binding without -PLUS")]
    [TestCase("Y,,n=a,r=abc")]
    public void Malformed_first_message_is_refused(string message)
    {
        var server = new ScramServer(Account("secret"), null, isPlus: false);
        Assert.That(server.TryBegin(Ascii(message), out var answer), Is.EqualTo(ScramFault.Malformed));
        Assert.That(answer, Is.Null);
    }

    [TestCase("n,,n=a,r=abc")]
    [TestCase("y,,n=a,r=abc")]
    [TestCase("p=tls-unique,,n=a,r=abc")]
    public void Plus_without_its_binding_is_refused(string message)
    {
        var server = new ScramServer(Account("secret"), Binding, isPlus: true);
        Assert.That(server.TryBegin(Ascii(message), out _), Is.EqualTo(ScramFault.Malformed));
    }

    [Test]
    public void Oversized_messages_and_nonces_are_refused()
    {
        var server = new ScramServer(Account("secret"), null, isPlus: false);
        Assert.That(server.TryBegin(Ascii("n,,n=,r=" + new string('x', 2000)), out _), Is.EqualTo(ScramFault.Malformed));
        Assert.That(server.TryBegin(Ascii("n,,n=,r=" + new string('x', 257)), out _), Is.EqualTo(ScramFault.Malformed));
        Assert.That(server.TryBegin(Ascii("n,,n=,r=" + new string('x', 256)), out _), Is.EqualTo(ScramFault.None));
        Assert.That(server.TryFinish(Ascii("c=biws,r=" + new string('x', 2000) + ",p=AAAA"), out _, out _), Is.EqualTo(ScramFault.Malformed));
    }

    [Test]
    public void Final_message_before_the_first_is_refused()
    {
        var server = new ScramServer(Account("secret"), null, isPlus: false);
        Assert.That(server.TryFinish(Ascii("c=biws,r=,p=" + Convert.ToBase64String(new byte[32])), out _, out _), Is.EqualTo(ScramFault.Malformed));
    }

    [Test]
    public void No_altered_byte_of_either_message_of_the_client_signs_in()
    {
        var account = Account("secret");
        foreach (var which in (int[])[0, 1])
        {
            for (var at = 0; at < 200; at++)
            {
                for (var bit = 0; bit < 8; bit++)
                    Assert.That(Altered(account, which, at, bit), Is.Not.EqualTo(ScramFault.None), $"message {which} byte {at} bit {bit}");
            }
        }
    }

    [Test]
    public void Random_messages_never_throw_and_never_sign_in()
    {
        var random = new Random(3);
        var account = Account("secret");
        var words = new[] { "n,,", "y,,", "p=tls-server-end-point,,", "n=", "r=", "c=", "p=", ",", "=", "biws", "abc", "\0", "s=", "i=4096", "m=", "AAAA" };
        for (var round = 0; round < 100_000; round++)
        {
            var text = Ascii(string.Concat(Enumerable.Range(0, random.Next(8)).Select(_ => words[random.Next(words.Length)])));
            var server = new ScramServer(account, random.Next(2) == 0 ? Binding : null, isPlus: false);
            server.TryBegin(random.Next(3) == 0 ? "n,,n=,r=abc"u8 : text, out _);
            Assert.That(server.TryFinish(text, out _, out _), Is.Not.EqualTo(ScramFault.None));
            Assert.That(new ScramClient("secret", new(), null, couldBind: false).TryContinue(text, out _, out _), Is.False);
        }
    }

    [TestCase("r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", Description = "another login's nonce")]
    [TestCase("r=own,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", Description = "a nonce without the server's part")]
    [TestCase("r=ownX,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4095", Description = "cheap to guess")]
    [TestCase("r=ownX,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1")]
    [TestCase("r=ownX,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1000001", Description = "expensive to compute")]
    [TestCase("r=ownX,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=99999999999")]
    [TestCase("r=ownX,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096x")]
    [TestCase("r=ownX,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=-4096")]
    [TestCase("r=ownX,s=,i=4096")]
    [TestCase("r=ownX,s=W22Z aJ0SNY7soEsUEjb6gQ==,i=4096")]
    [TestCase("r=ownX,s=W22ZaJ0SNY7soEsUEjb6gQ,i=4096")]
    [TestCase("r=ownX,i=4096,s=W22ZaJ0SNY7soEsUEjb6gQ==")]
    [TestCase("m=x,r=ownX,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")]
    [TestCase("e=other-error")]
    public void Client_refuses_a_bad_first_message_of_the_server(string message)
    {
        var client = new ScramClient("secret", new(), null, couldBind: false, Ascii("own"), []);
        Assert.That(client.TryContinue(Ascii(message), out _, out var fault), Is.False);
        Assert.That(fault, Is.Not.Empty);
    }

    [TestCase("v=AAAA")]
    [TestCase("e=invalid-proof")]
    [TestCase("")]
    public void Client_refuses_a_server_that_does_not_know_the_password(string message)
    {
        var client = new ScramClient("pencil", new(), null, couldBind: false, Ascii("own"), []);
        Assert.That(client.Verify(Ascii(message)), Is.False, "before anything was said");
        Assert.That(client.TryContinue("r=ownX,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"u8, out _, out _), Is.True);
        Assert.That(client.Verify(Ascii(message)), Is.False);
    }

    [Test]
    public void Keys_are_derived_once_for_the_same_password_and_salt()
    {
        var cache = new ScramKeyCache();
        var first = cache.Get("secret", Salt, 4096);
        Assert.That(cache.Get("secret", Salt, 4096), Is.SameAs(first));
        Assert.That(cache.Get("other", Salt, 4096).ClientKey, Is.Not.EqualTo(first.ClientKey));
        Assert.That(cache.Get("secret", [1, 2, 3], 4096).ClientKey, Is.Not.EqualTo(first.ClientKey));
        Assert.That(cache.Get("secret", Salt, 5000).ClientKey, Is.Not.EqualTo(first.ClientKey));
    }

    private static ScramFault Run(ScramAccount account, byte[]? binding, ScramClient client, bool isPlus, out ScramCredential? credential)
    {
        credential = null;
        var server = new ScramServer(account, binding, isPlus);
        var fault = server.TryBegin(client.Begin(), out var serverFirst);
        if (fault != ScramFault.None)
            return fault;

        Assert.That(client.TryContinue(serverFirst, out var clientFinal, out var complaint), Is.True, complaint);
        fault = server.TryFinish(clientFinal, out var serverFinal, out credential);
        if (fault == ScramFault.None)
            Assert.That(client.Verify(serverFinal), Is.True);

        return fault;
    }

    private static readonly ScramKeyCache Cache = new();

    private static ScramFault Altered(ScramAccount account, int which, int at, int bit)
    {
        var client = new ScramClient("secret", Cache, null, couldBind: false);
        var server = new ScramServer(account, null, isPlus: false);
        var first = client.Begin();
        if (which == 0)
            first[at % first.Length] ^= (byte)(1 << bit);

        var fault = server.TryBegin(first, out var answer);
        if (fault != ScramFault.None || !client.TryContinue(answer, out var final, out _))
            return ScramFault.Malformed;

        if (which == 1)
            final[at % final.Length] ^= (byte)(1 << bit);

        return server.TryFinish(final, out _, out _);
    }
}
