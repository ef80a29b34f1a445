using JitProxy.Policy.Approval;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Approval;

/// <summary>What conditions say, and where faulty ones are faulty.</summary>
public sealed class ConditionTests
{
    private static readonly ConditionValues Values = new()
    {
        ProjectId = "store",
        EnvironmentId = "prod",
        InstanceId = "shop",
        DatabaseName = "app",
        DbEngine = "postgresql",
        SchemaName = "public",
        TableName = "salaries",
        ColumnName = "home_phone",
        Unmask = true,
        DataExport = false,
        Role = "",
        ExpirationDays = 8,
        Time = new DateTimeOffset(2026, 5, 1, 0, 0, 0, TimeSpan.Zero),
        StatementText = "select a\nfrom salaries",
        StatementKind = "select",
        StatementTables = ["salaries", "people"],
    };

    [TestCase("true", ConditionOutcome.True)]
    [TestCase("false", ConditionOutcome.False)]
    [TestCase("  ( true )  ", ConditionOutcome.True)]
    [TestCase("request.unmask == true || request.data_export == true", ConditionOutcome.True)]
    [TestCase("request.unmask && request.data_export", ConditionOutcome.False)]
    [TestCase("!request.unmask", ConditionOutcome.False)]
    [TestCase("!!!request.unmask", ConditionOutcome.False)]
    [TestCase("!!request.unmask", ConditionOutcome.True)]
    [TestCase("!request.data_export && request.unmask", ConditionOutcome.True)]
    [TestCase("true || false && false", ConditionOutcome.True)]
    [TestCase("(true || false) && false", ConditionOutcome.False)]
    [TestCase("""resource.table_name in ["salaries", "payments"]""", ConditionOutcome.True)]
    [TestCase("""resource.table_name in ["payments"]""", ConditionOutcome.False)]
    [TestCase("""resource.table_name in []""", ConditionOutcome.False)]
    [TestCase("""!(resource.table_name in ['payments'])""", ConditionOutcome.True)]
    [TestCase("""resource.table_name == "Salaries" """, ConditionOutcome.False)]
    [TestCase("""resource.column_name.matches("(^|_)(phone|mobile)$")""", ConditionOutcome.True)]
    [TestCase("""resource.table_name.matches("(^|_)(phone|mobile)$")""", ConditionOutcome.False)]
    [TestCase("""resource.column_name.matches(r"\w+_phone")""", ConditionOutcome.True)]
    [TestCase("""resource.column_name.matches("\\w+_phone")""", ConditionOutcome.True)]
    [TestCase("""resource.table_name.startsWith("sal")""", ConditionOutcome.True)]
    [TestCase("""resource.table_name.startsWith("al")""", ConditionOutcome.False)]
    [TestCase("""resource.table_name.endsWith("ies")""", ConditionOutcome.True)]
    [TestCase("""resource.table_name.contains("alar")""", ConditionOutcome.True)]
    [TestCase("""resource.table_name.contains("ALAR")""", ConditionOutcome.False)]
    [TestCase("request.expiration_days > 7", ConditionOutcome.True)]
    [TestCase("request.expiration_days >= 8.5", ConditionOutcome.False)]
    [TestCase("request.expiration_days <= 8", ConditionOutcome.True)]
    [TestCase("request.expiration_days < 8", ConditionOutcome.False)]
    [TestCase("request.expiration_days != 8", ConditionOutcome.False)]
    [TestCase("request.expiration_days > -1", ConditionOutcome.True)]
    [TestCase("request.expiration_days + 2 == 10", ConditionOutcome.True)]
    [TestCase("request.expiration_days in [1, 8]", ConditionOutcome.True)]
    [TestCase("""resource.instance_id + "/" + resource.database_name == "shop/app" """, ConditionOutcome.True)]
    [TestCase("""request.time < timestamp("2026-05-02")""", ConditionOutcome.True)]
    [TestCase("""request.time < timestamp("2026-04-30T23:59:59Z")""", ConditionOutcome.False)]
    [TestCase("""request.time < timestamp("2026-04-30") + duration("48h")""", ConditionOutcome.True)]
    [TestCase("""duration("1h30m") == duration("90m")""", ConditionOutcome.True)]
    [TestCase("""duration("1d") < duration("23h")""", ConditionOutcome.False)]
    [TestCase("""timestamp("2026-05-01T02:00:00+02:00") == request.time""", ConditionOutcome.True)]
    [TestCase("""statement.text.contains("a\nfrom")""", ConditionOutcome.True)]
    [TestCase("""statement.kind == "select" """, ConditionOutcome.True)]
    [TestCase(""" "people" in statement.tables """, ConditionOutcome.True)]
    [TestCase(""" "peopl" in statement.tables """, ConditionOutcome.False)]
    [TestCase("""request.role == "" """, ConditionOutcome.True)]
    [TestCase("""resource.environment_id == "pr\u006fd" """, ConditionOutcome.True)]
    [TestCase("""resource.project_id == "store" && resource.db_engine == "postgresql" && resource.schema_name == "public" """, ConditionOutcome.True)]
    [TestCase("""true == (1 < 2)""", ConditionOutcome.True)]
    [TestCase("99999999999999999999 + 99999999999999999999 > 1", ConditionOutcome.True)]
    public void A_condition_says_what_its_text_means(string text, ConditionOutcome expected) =>
        Assert.That(Parse(text).Evaluate(Values), Is.EqualTo(expected));

    [TestCase("resource.table_name == \"a\"", ConditionOutcome.Failed)]
    [TestCase("resource.table_name != \"a\"", ConditionOutcome.Failed)]
    [TestCase("!(resource.table_name == \"a\")", ConditionOutcome.Failed)]
    [TestCase("resource.table_name.startsWith(\"a\")", ConditionOutcome.Failed)]
    [TestCase("resource.table_name.matches(\"a\")", ConditionOutcome.Failed)]
    [TestCase("resource.table_name in [\"a\"]", ConditionOutcome.Failed)]
    [TestCase("\"a\" in statement.tables", ConditionOutcome.Failed)]
    [TestCase("\"a\" in [resource.table_name, \"a\"]", ConditionOutcome.True)]
    [TestCase("\"a\" in [resource.table_name, \"b\"]", ConditionOutcome.Failed)]
    [TestCase("request.unmask", ConditionOutcome.Failed)]
    [TestCase("request.unmask || true", ConditionOutcome.True)]
    [TestCase("request.unmask || false", ConditionOutcome.Failed)]
    [TestCase("request.unmask && false", ConditionOutcome.False)]
    [TestCase("false && request.unmask", ConditionOutcome.False)]
    [TestCase("request.unmask && true", ConditionOutcome.Failed)]
    [TestCase("request.expiration_days + 1 > 0", ConditionOutcome.Failed)]
    [TestCase("timestamp(\"9999-12-31\") + duration(\"48h\") > request.time", ConditionOutcome.Failed)]
    public void An_unknown_value_makes_a_condition_fail_unless_the_rest_decides(string text, ConditionOutcome expected)
    {
        var outcome = Parse(text).Evaluate(new ConditionValues());
        Assert.That(outcome, Is.EqualTo(expected));
    }

    [Test]
    public void A_condition_that_fails_counts_as_matched()
    {
        Assert.That(Parse("resource.table_name == \"a\"").Matches(new ConditionValues()), Is.True);
        Assert.That(Parse("resource.table_name == \"a\"").Matches(Values), Is.False);
    }

    [TestCase("", 0, "unexpected the end, expected a value")]
    [TestCase("request.unmask ==", 17, "unexpected the end, expected a value")]
    [TestCase("request.unmask true", 15, "unexpected \"t\"")]
    [TestCase("resource.table_nam == \"a\"", 0, "unknown attribute resource.table_nam; did you mean resource.table_name?")]
    [TestCase("true && nonsense", 8, "unknown attribute nonsense; known are ")]
    [TestCase("true && resource.table_name", 8, "a side of \"&&\" must be true or false, not a string")]
    [TestCase("resource.table_name", 0, "a condition must be true or false, not a string")]
    [TestCase("resource.table_name == 1", 20, "\"==\" compares a string with a number")]
    [TestCase("request.unmask < true", 15, "\"<\" does not compare true or false with true or false")]
    [TestCase("resource.table_name in [\"a\", 1]", 29, "an item of this list must be a string, not a number")]
    [TestCase("resource.table_name in resource.schema_name", 23, "what follows \"in\" must be a list of strings, not a string")]
    [TestCase("1 in statement.tables", 0, "what precedes \"in\" must be a string, not a number")]
    [TestCase("resource.table_name.matches(\"(\")", 28, "not a pattern: ")]
    [TestCase("resource.table_name.matches(\"(?=a)\")", 28, "not a pattern: ")]
    [TestCase("resource.table_name.matches(resource.column_name)", 28, "the pattern of matches must be written out")]
    [TestCase("resource.table_name.match(\"a\")", 20, "unknown function match; did you mean matches?")]
    [TestCase("resource.table_name.matches(\"a\", \"b\")", 20, "matches takes one argument")]
    [TestCase("request.expiration_days.matches(\"a\")", 0, "what matches is called on must be a string, not a number")]
    [TestCase("now() < request.time", 0, "unknown function now; known are timestamp, duration")]
    [TestCase("request.time < timestamp(\"soon\")", 25, "\"soon\" is not a time")]
    [TestCase("duration(\"4 hours\") == duration(\"4h\")", 9, "\"4 hours\" is not a duration")]
    [TestCase("duration(\"99999999999d\") == duration(\"4h\")", 9, "is not a duration")]
    [TestCase("\"a", 2, "unexpected the end")]
    [TestCase("[1] == [1]", 0, "a list stands only after \"in\"")]
    [TestCase("\"a\" + 1 == \"a1\"", 4, "\"+\" does not join a string and a number")]
    [TestCase("!1", 1, "what follows \"!\" must be true or false, not a number")]
    [TestCase("true)", 4, "unexpected \")\"")]
    [TestCase("(true", 5, "unexpected the end")]
    [TestCase("true &&& true", 7, "unexpected \"&\"")]
    public void A_faulty_condition_is_refused_with_its_place(string text, int offset, string message)
    {
        var parsed = Condition.TryParse(text, ConditionScope.Approval, out var condition, out var fault);
        Assert.That(parsed, Is.False);
        Assert.That(condition, Is.Null);
        Assert.That(fault.Message, Does.StartWith(message).Or.Contain(message));
        Assert.That(fault.Offset, Is.EqualTo(offset));
    }

    [TestCase("request.unmask", 0)]
    [TestCase("true && statement.kind == \"select\"", 8)]
    public void A_masking_condition_has_no_values_of_the_request(string text, int offset)
    {
        Assert.That(Condition.TryParse(text, ConditionScope.Masking, out _, out var fault), Is.False);
        Assert.That(fault.Offset, Is.EqualTo(offset));
        Assert.That(fault.Message, Does.Contain("has no value in a masking condition"));
    }

    [Test]
    public void Deep_nesting_is_refused_and_not_a_stack_overflow()
    {
        Assert.That(Condition.TryParse(new string('(', 100) + "true" + new string(')', 100), ConditionScope.Approval, out _, out var fault), Is.False);
        Assert.That(fault.Message, Does.Contain("brackets inside each other"));
        Assert.That(Condition.TryParse(new string('!', 8000) + "true", ConditionScope.Approval, out var flat, out _), Is.True);
        Assert.That(flat!.Evaluate(Values), Is.EqualTo(ConditionOutcome.True));
        Assert.That(Condition.TryParse(new string(' ', 9000) + "true", ConditionScope.Approval, out _, out fault), Is.False);
        Assert.That(fault.Message, Does.Contain("at most 8192"));
    }

    [Test]
    public void A_long_chain_is_read_and_evaluated()
    {
        var text = string.Join(" || ", Enumerable.Repeat("false", 900)) + " || request.unmask";
        Assert.That(Parse(text).Evaluate(Values), Is.EqualTo(ConditionOutcome.True));
    }

    private static Condition Parse(string text)
    {
        Assert.That(Condition.TryParse(text, ConditionScope.Approval, out var condition, out var fault), Is.True, $"{fault}");
        return condition!;
    }
}
