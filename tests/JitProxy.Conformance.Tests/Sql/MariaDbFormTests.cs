using System.Text;
using JitProxy.Conformance.Tests.Support;
using JitProxy.Policy.Sql;
using JitProxy.Policy.Tests.Sql.Support;
using MySqlConnector;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Sql;

/// <summary>The lexer and the normal form against MariaDB's own scanner and parser.</summary>
[TestFixture]
internal sealed class MariaDbFormTests
{
    // Each text goes to the server four times.
    private static readonly int TextsPerStatement = TestScale.Of(1);

    // Not for prepared statements; names that are not there; what the server was not told to have.
    private static readonly int[] MeaningfulRefusals = [1295, 1305, 1109, 1289, 1959, 1960];

    // The lexer refuses these, though some versions of the servers take some of them.
    private static readonly TextFault[] Choices =
        [TextFault.BadCharacter, TextFault.BadNumber, TextFault.BadOperator, TextFault.BadHint, TextFault.ExecutableComment, TextFault.BadParameter];

    private static readonly IReadOnlyList<string> Statements = [.. SqlCorpus.MySql, .. SqlCorpus.MariaDbOnly];

    private ThrowAwayMariaDb _server = null!;
    private MySqlConnection _connection = null!;
    private MariaDbReading _oracle = null!;

    [OneTimeSetUp]
    public void StartServer()
    {
        _server = ThrowAwayMariaDb.Start(null, "log-bin-trust-function-creators=1", "sync-frm=0");
        _server.Execute("create database app");
        _connection = new(_server.ConnectionStringOf("app"));
        _connection.Open();
        _oracle = new(_connection);
        foreach (var statement in SqlCorpus.MariaDbSchema)
            _oracle.Execute(statement);
        _oracle.Execute("insert into customers (id, name, email, region) values (1, 'Ann', 'ann@example.com', 'north'), (2, 'Bob', 'bob@example.com', 'south')");
        _oracle.Execute("insert into orders (customer_id, status, total, created_at) values (1, 'open', 10, '2025-01-31'), (2, 'late', 20, '2025-02-01')");
        _oracle.Execute("set max_statement_time = 1, timestamp = 1700000000");
    }

    [OneTimeTearDown]
    public void StopServer()
    {
        _connection?.Dispose();
        _server?.Dispose();
    }

    [SetUp]
    public void BeginInTheModesOfTheProxy() => _oracle.Execute("set sql_mode = ''");

    [Test]
    public void Server_takes_the_whole_corpus()
    {
        var refused = Statements.Select(s => (Statement: s, Verdict: _oracle.Verdict(s))).Where(s => s.Verdict != 0 && !MeaningfulRefusals.Contains(s.Verdict));

        Assert.That(refused, Is.Empty);
    }

    [TestCase(LexicalModes.None, "")]
    [TestCase(LexicalModes.IgnoreSpace, "ignore_space")]
    [TestCase(LexicalModes.AnsiQuotes | LexicalModes.NoBackslashEscapes, "ansi_quotes,no_backslash_escapes")]
    public void One_normal_form_means_one_reading(LexicalModes modes, string sqlMode)
    {
        _oracle.Execute($"set sql_mode = '{sqlMode}'");
        var (textCount, formCount, takenCount) = (0, 0, 0);
        foreach (var texts in TextsByForm(modes, seed: 3 + (int)modes))
        {
            formCount++;
            textCount += texts.Count;
            if (texts.Count < 2)
                continue;

            var first = _oracle.Read(texts[0], modes);
            takenCount += first.StartsWith("0\n", StringComparison.Ordinal) ? 1 : 0;
            foreach (var text in texts.Skip(1))
                Assert.That(_oracle.Read(text, modes), Is.EqualTo(first), () => $"{texts[0]}\n--- and\n{text}");
        }

        TestContext.Out.WriteLine($"{sqlMode}: {textCount} texts, {formCount} normal forms, {takenCount} forms that the server takes with more than one text");
        Assert.That(takenCount, Is.GreaterThan(modes == LexicalModes.None ? 1800 : 360));
    }

    [Test]
    public void What_the_server_takes_can_be_read()
    {
        var mutator = new MySqlMutator(9);
        var refusedCount = 0;
        foreach (var statement in Statements)
        {
            for (var i = 0; i < TextsPerStatement; i++)
            {
                var text = mutator.Damage(statement);
                if (TryForm(text, LexicalModes.None, out var fault) || Choices.Contains(fault))
                    continue;

                refusedCount++;
                Assert.That(_oracle.Verdict(text), Is.Not.Zero, () => $"{fault}: {text}");
            }
        }

        Assert.That(refusedCount, Is.GreaterThan(100));
    }

    [Test]
    public void Words_that_fold_are_no_names()
    {
        var names = new List<string>();
        foreach (var word in MySqlKeywords.ReservedWords.Split(' '))
        {
            names.AddRange(new[] { $"create table {word} (a int)", $"with {word} as (select 1) select 1", $"select 1 from (select 1) as {word}", $"insert into {word} select 1" }
                .Where(s => _oracle.Verdict(s) != 1064));
        }

        foreach (var word in MySqlKeywords.FunctionWords.Split(' '))
            names.AddRange(new[] { $"create table {word}(a int)", $"with {word}(a) as (select 1) select 1", $"insert into {word}(a) select 1" }.Where(s => _oracle.Verdict(s) != 1064));

        Assert.That(names, Is.Empty);
    }

    private static Dictionary<string, List<string>>.ValueCollection TextsByForm(LexicalModes modes, int seed)
    {
        var mutator = new MySqlMutator(seed);
        var forms = new Dictionary<string, List<string>>();

        // The modes change little: a part of the statements will do for them.
        foreach (var statement in modes == LexicalModes.None ? Statements : Statements.Where(static (_, i) => i % 5 == 0))
        {
            Add(statement);
            for (var i = 0; i < TextsPerStatement; i++)
            {
                Add(mutator.Relayout(statement));

                // What is damaged and then laid out anew meets what is damaged alone.
                var damaged = mutator.Damage(statement);
                Add(damaged);
                Add(mutator.Relayout(damaged));
            }
        }

        return forms.Values;

        void Add(string text)
        {
            if (NormalForm.TryCreate(Encoding.UTF8.GetBytes(text), SqlDialect.MariaDb, modes, out var form, out _, out _) && !form.IsEmpty)
                (forms.TryGetValue(Convert.ToHexString(form.Canonical), out var texts) ? texts : forms[Convert.ToHexString(form.Canonical)] = []).Add(text);
        }
    }

    private static bool TryForm(string text, LexicalModes modes, out TextFault fault) =>
        NormalForm.TryCreate(Encoding.UTF8.GetBytes(text), SqlDialect.MariaDb, modes, out _, out fault, out _);
}
