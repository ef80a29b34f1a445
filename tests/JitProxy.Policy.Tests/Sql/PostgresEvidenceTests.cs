using System.Text;
using System.Text.Json;
using JitProxy.Policy.Sql;
using JitProxy.Policy.Sql.Parsing;
using JitProxy.Policy.Sql.Resolving;
using JitProxy.Policy.Sql.Syntax;
using JitProxy.Policy.Tests.Sql.Support;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Sql;

/// <summary>The parser against PostgreSQL 15's own (libpg_query): what is taken, of which kind it is, which relations it names.</summary>
[TestFixture]
internal sealed class PostgresEvidenceTests
{
    private static readonly Catalogue Nothing = new(SqlDialect.PostgreSql, ["public"], [], []);

    // Words that are values: functions to us, a node of their own to the server.
    private static readonly HashSet<string> Values =
        [.. "current_date current_time current_timestamp localtime localtimestamp current_user session_user user current_role current_catalog current_schema".Split(' ')];

    // What the server's grammar puts in by itself, of its own functions and with nothing but the operands.
    private static readonly HashSet<string> Hidden = ["like_escape", "similar_to_escape", "xmlexists"];

    private sealed class Tally
    {
        public int Texts, Taken, Parsed, Selects, SelectsParsed, Kinds, WithRelations, Relations, Functions, Generous;
    }

    [Test]
    public void The_grammar_is_used_to_its_last_alternative()
    {
        var generator = new SqlGenerator("postgres.grammar.txt", 11);
        foreach (var production in (string[])["query", "explain", "show", "insert", "update", "delete", "merge", "modifying", "copy", "session", "ddl"])
        {
            foreach (var _ in generator.All(production, production == "query" ? 6_000 : 250))
            {
                // Each text counts by what it is made of.
            }
        }

        Assert.That(generator.Size, Is.GreaterThan(900));
        Assert.That(generator.Unused, Is.Empty);
    }

    [Test]
    public void Whatever_the_server_takes_is_parsed_with_its_kind_and_relations()
    {
        var nodes = new HashSet<string>(StringComparer.Ordinal);
        var disagreements = new List<string>();
        var all = new Tally();
        foreach (var (source, texts) in PostgresCorpus.All)
        {
            var tally = new Tally();
            foreach (var text in texts)
                Compare(text, [tally, all], nodes, disagreements);
            Print(source, tally);
        }

        Print("all", all);
        TestContext.Out.WriteLine($"{nodes.Count} kinds of node in the server's trees");
        foreach (var disagreement in disagreements)
            TestContext.Out.WriteLine(disagreement);

        Assert.That(all.Texts, Is.GreaterThanOrEqualTo(3_000));
        Assert.That(all.SelectsParsed, Is.GreaterThanOrEqualTo(0.999 * all.Selects), "SELECTs");
        Assert.That(all.Parsed, Is.GreaterThanOrEqualTo(0.999 * all.Taken), "statements of all kinds");
        Assert.That(all.Kinds, Is.EqualTo(all.Parsed), "kinds");
        Assert.That(all.Relations, Is.EqualTo(all.WithRelations), "relations");
        Assert.That(all.Functions, Is.EqualTo(all.WithRelations), "functions");
    }

    [Test]
    public void No_operator_is_overlooked()
    {
        var (statements, operators) = (0, 0);
        foreach (var text in PostgresCorpus.All.SelectMany(static one => one.Texts))
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            using var tree = PgQuery.ParseTree(bytes);
            if (tree is null || !PostgresParser.TryParse(bytes, out var statement, out var _) || statement is not (QueryStatement or ChangeStatement))
                continue;

            var resolver = new Resolver(Nothing);
            resolver.Resolve(statement, null, null);
            var found = resolver.Findings.Operators.Select(static name => name[(name.LastIndexOf('.') + 1)..]).ToHashSet(StringComparer.Ordinal);
            var expected = PgTree.Operators(PgTree.Content(tree)).ToHashSet(StringComparer.Ordinal);
            Assert.That(expected.Except(found), Is.Empty, text);
            (statements, operators) = (statements + 1, operators + expected.Count);
        }

        TestContext.Out.WriteLine($"{operators} operators in {statements} statements");
        Assert.That(operators, Is.GreaterThan(5_000));
    }

    [Test]
    public void One_normal_form_means_one_parse_tree()
    {
        var trees = new Dictionary<string, (string? Tree, string Text)>(StringComparer.Ordinal);
        var mutator = new SqlMutator(21);
        var texts = 0;
        foreach (var text in PostgresCorpus.All.SelectMany(static one => one.Texts))
        {
            // A layout keeps the form, a damage mostly makes another, and now and then the one of another text.
            foreach (var variant in (string[])[text, mutator.Relayout(text), mutator.Damage(text)])
            {
                var bytes = Encoding.UTF8.GetBytes(variant);
                if (!NormalForm.TryCreate(bytes, SqlDialect.PostgreSql, out var form, out _, out _))
                    continue;

                texts++;
                var tree = PgQuery.Parse(bytes);
                if (!trees.TryAdd(Convert.ToHexString(form.Canonical), (tree, variant)))
                    Assert.That(tree, Is.EqualTo(trees[Convert.ToHexString(form.Canonical)].Tree), () => $"{trees[Convert.ToHexString(form.Canonical)].Text}\n{variant}");
            }
        }

        TestContext.Out.WriteLine($"{texts} texts, {trees.Count} normal forms, each with one parse tree");
        Assert.That(texts - trees.Count, Is.GreaterThan(5_000), "pairs compared");
    }

    private static void Compare(string text, Tally[] tallies, HashSet<string> nodes, List<string> disagreements)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var isParsed = PostgresParser.TryParse(bytes, out _, out var fault);
        using var tree = PgQuery.ParseTree(bytes);
        var root = tree is null ? null : PgTree.Root(tree);
        foreach (var tally in tallies)
        {
            tally.Texts++;
            tally.Generous += root is null && isParsed ? 1 : 0;
        }

        if (root is null)
            return;

        nodes.UnionWith(PgTree.Nodes(tree!.RootElement));
        var analysis = StatementAnalyzer.Analyze(bytes, Nothing);
        var kind = KindOf(root, PgTree.Content(tree));
        var hasRelations = kind is StatementKind.Select or StatementKind.Explain or StatementKind.Insert or StatementKind.Update or StatementKind.Delete or StatementKind.Copy;
        var expected = PgTree.Relations(tree);
        var named = analysis.Relations.Select(static use => use.Schema.Length == 0 ? use.Name : $"{use.Schema}.{use.Name}").ToHashSet(StringComparer.Ordinal);
        var calls = PgTree.Functions(PgTree.Content(tree)).Except(Values).Except(Hidden).ToHashSet(StringComparer.Ordinal);
        var called = analysis.Functions.Select(static name => name[(name.LastIndexOf('.') + 1)..]).Except(Values).ToHashSet(StringComparer.Ordinal);
        foreach (var tally in tallies)
        {
            tally.Taken++;
            tally.Selects += kind == StatementKind.Select ? 1 : 0;
            if (!isParsed)
                continue;

            tally.Parsed++;
            tally.SelectsParsed += kind == StatementKind.Select ? 1 : 0;
            tally.Kinds += analysis.Kind == kind ? 1 : 0;
            tally.WithRelations += hasRelations ? 1 : 0;
            tally.Relations += hasRelations && expected.SetEquals(named) ? 1 : 0;
            tally.Functions += hasRelations && calls.SetEquals(called) ? 1 : 0;
        }

        if (!isParsed)
            disagreements.Add($"not parsed, {fault}: {text}");
        else if (analysis.Kind != kind)
            disagreements.Add($"{analysis.Kind} instead of {kind}: {text}");
        else if (hasRelations && !expected.SetEquals(named))
            disagreements.Add($"{string.Join(' ', named)} instead of {string.Join(' ', expected)}: {text}");
        else if (hasRelations && !calls.SetEquals(called))
            disagreements.Add($"{string.Join(' ', called.Except(calls))} instead of {string.Join(' ', calls.Except(called))}(): {text}");
    }

    private static StatementKind KindOf(string root, JsonElement content) => root switch
    {
        "SelectStmt" => StatementKind.Select,
        "InsertStmt" or "MergeStmt" => StatementKind.Insert,
        "UpdateStmt" => StatementKind.Update,
        "DeleteStmt" => StatementKind.Delete,
        "ExplainStmt" => StatementKind.Explain,
        "VariableShowStmt" => StatementKind.Show,
        "VariableSetStmt" => content.TryGetProperty("name", out var name) && name.GetString() is "TRANSACTION" or "SESSION CHARACTERISTICS"
            ? StatementKind.Transaction
            : StatementKind.Set,
        "TransactionStmt" or "ConstraintsSetStmt" => StatementKind.Transaction,
        "CopyStmt" => StatementKind.Copy,
        "CallStmt" or "DoStmt" => StatementKind.Call,
        "PrepareStmt" or "ExecuteStmt" or "DeallocateStmt" or "DeclareCursorStmt" or "FetchStmt" or "ClosePortalStmt" or "ListenStmt" or "NotifyStmt" or "UnlistenStmt"
            or "LockStmt" or "CheckPointStmt" or "LoadStmt" or "DiscardStmt" or "VacuumStmt" or "ClusterStmt" => StatementKind.Other,
        _ => StatementKind.Ddl,
    };

    private static void Print(string source, Tally tally) => TestContext.Out.WriteLine(
        $"{source}: {tally.Texts} texts, the server takes {tally.Taken}, {tally.Parsed} parse; {tally.SelectsParsed} of {tally.Selects} SELECTs; "
        + $"{tally.Kinds} kinds agree; relations of {tally.Relations} and functions of {tally.Functions} of {tally.WithRelations} agree; {tally.Generous} parse that the server refuses");
}
