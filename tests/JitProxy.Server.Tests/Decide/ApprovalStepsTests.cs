using System.Collections.Immutable;
using System.Text;
using JitProxy.Policy.Approval;
using JitProxy.Policy.Grants;
using JitProxy.Policy.Sql;
using JitProxy.Server.Configuration;
using JitProxy.Server.Decide;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Decide;

/// <summary>Which rule a statement meets, by what the analysis says that it touches.</summary>
internal sealed class ApprovalStepsTests
{
    private static readonly Catalogue Shop = new(
        SqlDialect.PostgreSql,
        ["public"],
        [
            Table(1, "customers", "id", "name", "ssn"),
            Table(2, "orders", "id", "customer", "total"),
            new() { Oid = 3, Schema = "public", Name = "people", Kind = RelationKind.View, Definition = "SELECT id, ssn AS number FROM customers", Columns = Columns("id", "number") },
        ],
        [Function("count"), Function("length")]);

    private const string ReadsSsn = "resource.column_name == \"ssn\"";

    [TestCase("select id, ssn from customers", ReadsSsn, true)]
    [TestCase("select id, name from customers", ReadsSsn, false)]
    [TestCase("select * from customers", ReadsSsn, true)]
    [TestCase("select count(*) from customers", ReadsSsn, false)]
    [TestCase("select id from customers where ssn = '1'", ReadsSsn, true)]
    [TestCase("select length(ssn) from customers", ReadsSsn, true)]
    [TestCase("select number from people", ReadsSsn, true)]
    [TestCase("select id from people", ReadsSsn, false)]
    [TestCase("select id, ssn from customers", "resource.table_name == \"orders\" && resource.column_name == \"ssn\"", false)]
    [TestCase("select c.id, o.total from customers c join orders o on o.customer = c.id", "resource.table_name == \"orders\" && resource.column_name == \"total\"", true)]
    [TestCase("select c.ssn, o.id from customers c, orders o", "resource.table_name == \"orders\" && resource.column_name == \"ssn\"", false)]
    [TestCase("select count(*) from customers", "resource.table_name == \"customers\"", true)]
    [TestCase("select count(*) from customers", "resource.column_name == \"\"", true)]
    [TestCase("select 1", "resource.column_name == \"\" && resource.table_name == \"\"", true)]
    [TestCase("select 1", ReadsSsn, false)]
    [TestCase("select id from nowhere", ReadsSsn, true)]
    [TestCase("select id, nothing from customers", ReadsSsn, true)]
    public void A_rule_on_columns_meets_statements_that_read_them(string statement, string condition, bool meets)
    {
        Assert.That(Condition.TryParse(condition, ConditionScope.Approval, out var parsed, out var fault), Is.True, fault.Message);
        var approval = new ApprovalConfiguration([new(ApprovalSource.JustInTimeAccess, parsed!, ["dba"])], ["project-owner"]);
        var target = new AnalyzedTarget(Server(), "app", StatementAnalyzer.Analyze(Encoding.UTF8.GetBytes(statement), Shop));
        var request = new GrantRequest
        {
            Kind = GrantKind.Statement,
            User = "alice",
            Project = "store",
            Databases = ["shop/app"],
            Dialect = SqlDialect.PostgreSql,
            Statement = statement,
            Schema = "public",
            Reason = "test",
            Duration = TimeSpan.FromHours(1),
        };

        Assert.That(ApprovalSteps.Pick(approval, request, [target], DateTimeOffset.UnixEpoch)!.Value.Single().ToString(), Is.EqualTo(meets ? "dba" : "project-owner"));
    }

    private static ServerConfiguration Server()
    {
        using var fixture = new DeskFixture();
        return fixture.Configuration.Servers["shop"];
    }

    private static CatalogueRelation Table(uint oid, string name, params string[] columns) =>
        new() { Oid = oid, Schema = "public", Name = name, Columns = Columns(columns) };

    private static CatalogueFunction Function(string name) =>
        new("pg_catalog", name, Volatility.Immutable, IsBuiltIn: true, ReturnsSet: false, ReturnTypeOid: 20);

    private static ImmutableArray<CatalogueColumn> Columns(params string[] names) =>
        [.. names.Select(static (name, at) => new CatalogueColumn((short)(at + 1), name, "text", 25))];
}
