using System.Net;
using JitProxy.Policy.Approval;
using JitProxy.Policy.Masking;
using JitProxy.Policy.Sql;
using JitProxy.Server.Accept;
using JitProxy.Server.Configuration;
using JitProxy.Storage.Audit;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Configuration;

/// <summary>A configuration that uses every key, and one that uses as few as possible.</summary>
public sealed class GoldenConfigurationTests
{
    internal const string Full = """"
        storage: sqlite:jitproxy.db
        admin:
          socket: jitproxy.sock
          listen: 127.0.0.1:8632
        servers:
          shop:
            engine: postgresql
            environment: prod
            listen: 127.0.0.1:6432
            tls: { certificate: server.crt, key: server.key, mode: require }
            transport: socket
            upstream:
              host: 10.0.0.5
              port: 5433
              user: jitproxy
              password: ${SHOP_PASSWORD}
              tls: verify-full
              ca: ca.crt
              sharing: session
          books:
            engine: mysql
            listen: "[::1]:6033"
            upstream:
              host: books.internal
              user: jitproxy
              password_file: secret.txt
              tls: disable
        projects:
          store:
            databases: [shop/app, "shop/report_*", books/ledger]
            owners: [bob]
            just_in_time_access: true
            request_role: true
            data_export: request
            self_approval: false
            max_expiration: 7d
        workspace_roles:
          security: [carol]
          dba: [dave, "erin"]
        database_roles:
          sql-editor-read-user: [select, explain, show]
          sql-editor-user: [select, explain, show, insert, update, delete, ddl]
        approval:
          rules:
            - source: just_in_time_access
              condition: request.unmask == true || request.data_export == true
              steps: [project-owner, security]
            - source: request_role
              steps: [dba]
          fallback: [project-owner]
        masking:
          semantic_types:
            ssn:   { algorithm: full, substitution: "#" }
            email: { algorithm: inner_outer, prefix: 1, suffix: 4 }
            phone: { algorithm: hash }
            card:  { algorithm: range, ranges: [{ start: 0, end: -4 }] }
            old:   { algorithm: md5, salt: pepper }
            none:  { algorithm: null }
            birth: { algorithm: date_trunc, unit: year }
            pay:   { algorithm: round, digits: -3 }
          columns:
            shop/app.public.customers.ssn: ssn
            shop/app.public."odd.table"."a ""b""": email
            books/ledger.entries.iban: card
          rules:
            - condition: resource.column_name.matches("(^|_)(phone|mobile)$")
              semantic_type: phone
              masked_in_predicates: warn
          masked_in_predicates: deny
          exemptions:
            - members: [carol]
              condition: resource.table_name == "customers"
              until: 2027-01-31
        limits:
          rows: 1000
          result_size: 100MiB
          statement_timeout: 30s
          export_timeout: 2h
          connections: 10000
          login_timeout: 10s
          frame_size: 1MiB
        audit:
          durability: disk
          parameters: hash
        """";

    [Test]
    public void Every_key_is_read()
    {
        using var file = new ConfigurationFile(Full);
        file.Write("server.crt", "").Write("server.key", "").Write("ca.crt", "").Write("secret.txt", "file secret\n").With("SHOP_PASSWORD", "env secret");
        var configuration = file.Load();
        var shop = configuration.Servers["shop"];
        var books = configuration.Servers["books"];
        var store = configuration.Projects["store"];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(configuration.Storage, Is.EqualTo(new StorageConfiguration(Path.Combine(file.Directory, "jitproxy.db"))));
            Assert.That(configuration.Admin, Is.EqualTo(new AdminConfiguration(Path.Combine(file.Directory, "jitproxy.sock"), IPEndPoint.Parse("127.0.0.1:8632"))));
            Assert.That(shop.Engine, Is.EqualTo(SqlDialect.PostgreSql));
            Assert.That(shop.Environment, Is.EqualTo("prod"));
            Assert.That(shop.Listen, Is.EqualTo(IPEndPoint.Parse("127.0.0.1:6432")));
            Assert.That(shop.Tls, Is.EqualTo(new ListenerTls(ListenerTlsMode.Require, Path.Combine(file.Directory, "server.crt"), Path.Combine(file.Directory, "server.key"))));
            Assert.That(shop.Transport, Is.EqualTo(TransportKind.Socket));
            Assert.That(shop.Upstream, Is.EqualTo(new UpstreamConfiguration
            {
                Host = "10.0.0.5",
                Port = 5433,
                User = "jitproxy",
                Password = "env secret",
                Tls = UpstreamTlsMode.VerifyFull,
                Ca = Path.Combine(file.Directory, "ca.crt"),
                Sharing = UpstreamSharing.Session,
            }));
            Assert.That(shop.Upstream.ToString(), Does.Not.Contain("secret"));
            Assert.That(shop.ToString(), Does.Not.Contain("secret"));
            Assert.That(books.Engine, Is.EqualTo(SqlDialect.MySql));
            Assert.That(books.Listen, Is.EqualTo(IPEndPoint.Parse("[::1]:6033")));
            Assert.That(books.Tls, Is.EqualTo(ListenerTls.Disabled));
            Assert.That(books.Upstream.Port, Is.EqualTo(3306));
            Assert.That(books.Upstream.Password, Is.EqualTo("file secret"));
            Assert.That(store.Databases, Is.EqualTo(new[] { new DatabasePattern("shop", "app"), new DatabasePattern("shop", "report_*"), new DatabasePattern("books", "ledger") }));
            Assert.That(store.Owners, Is.EqualTo(new[] { "bob" }));
            Assert.That(store.JustInTimeAccess, Is.True);
            Assert.That(store.RequestRole, Is.True);
            Assert.That(store.SelfApproval, Is.False);
            Assert.That(store.DataExport, Is.EqualTo(DataExport.Request));
            Assert.That(store.MaxExpiration, Is.EqualTo(TimeSpan.FromDays(7)));
            Assert.That(configuration.WorkspaceRoles["dba"], Is.EqualTo(new[] { "dave", "erin" }));
            Assert.That(configuration.DatabaseRoles["sql-editor-read-user"], Is.EqualTo(new[] { "select", "explain", "show" }));
            Assert.That(configuration.Approval.Rules.Select(r => r.Source), Is.EqualTo(new[] { ApprovalSource.JustInTimeAccess, ApprovalSource.RequestRole }));
            Assert.That(configuration.Approval.Rules[0].Steps.Select(static s => s.ToString()), Is.EqualTo(new[] { "project-owner", "security" }));
            Assert.That(configuration.Approval.Rules[0].Condition.Evaluate(new() { Unmask = true }), Is.EqualTo(ConditionOutcome.True));
            Assert.That(configuration.Approval.Rules[1].Condition, Is.SameAs(Condition.Always));
            Assert.That(configuration.Approval.Fallback!.Value.Select(static s => s.ToString()), Is.EqualTo(new[] { "project-owner" }));
            Assert.That(configuration.Limits, Is.EqualTo(LimitsConfiguration.Default with { FrameSize = 1 << 20, ExportTimeout = TimeSpan.FromHours(2) }));
            Assert.That(configuration.Audit, Is.EqualTo(new AuditConfiguration(AuditDurability.Disk, new([], new(Policy.Redaction.KeptAs.Hash, Policy.Redaction.KeptAs.Clear)))));
        }
    }

    [Test]
    public void Masking_becomes_a_policy()
    {
        using var file = new ConfigurationFile(Full);
        file.Write("server.crt", "").Write("server.key", "").Write("ca.crt", "").Write("secret.txt", "").With("SHOP_PASSWORD", "s");
        var masking = file.Load().Masking;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(masking.SemanticTypes["ssn"], Is.EqualTo(new MaskAlgorithm(MaskKind.Full) { Substitution = "#" }));
            Assert.That(masking.SemanticTypes["email"], Is.EqualTo(new MaskAlgorithm(MaskKind.InnerOuter) { Prefix = 1, Suffix = 4 }));
            Assert.That(masking.SemanticTypes["phone"], Is.EqualTo(new MaskAlgorithm(MaskKind.Hash)));
            Assert.That(masking.SemanticTypes["card"], Is.EqualTo(new MaskAlgorithm(MaskKind.Range) { Ranges = [new(0, -4)] }));
            Assert.That(masking.SemanticTypes["old"], Is.EqualTo(new MaskAlgorithm(MaskKind.Md5) { Salt = "pepper" }));
            Assert.That(masking.SemanticTypes["none"], Is.EqualTo(MaskAlgorithm.Null));
            Assert.That(masking.SemanticTypes["birth"], Is.EqualTo(new MaskAlgorithm(MaskKind.DateTrunc) { Unit = DateUnit.Year }));
            Assert.That(masking.SemanticTypes["pay"], Is.EqualTo(new MaskAlgorithm(MaskKind.Round) { Step = 1000 }));
            Assert.That(masking.Columns[new("shop", "app", "public", "customers", "ssn")], Is.EqualTo("ssn"));
            Assert.That(masking.Columns[new("shop", "app", "public", "odd.table", "a \"b\"")], Is.EqualTo("email"));
            Assert.That(masking.Columns[new("books", "ledger", "", "entries", "iban")], Is.EqualTo("card"));
            Assert.That(masking.Rules.Single().SemanticType, Is.EqualTo("phone"));
            Assert.That(masking.Rules.Single().Condition(Column("home_phone")), Is.True);
            Assert.That(masking.Rules.Single().Condition(Column("phones")), Is.False);
            Assert.That(masking.Rules.Single().InPredicates, Is.EqualTo(PredicateUse.Warn));
            Assert.That(masking.InPredicates, Is.EqualTo(PredicateUse.Deny));
            Assert.That(masking.Exemptions.Single().Members, Is.EqualTo(new[] { "carol" }));
            Assert.That(masking.Exemptions.Single().Until, Is.EqualTo(new DateTimeOffset(2027, 1, 31, 0, 0, 0, TimeSpan.Zero)));
            Assert.That(masking.Exemptions.Single().Condition!(Column("ssn")), Is.True);
        }
    }

    [Test]
    public void What_is_left_out_has_a_careful_default()
    {
        using var file = new ConfigurationFile("""
            servers:
              shop:
                engine: postgresql
                listen: localhost:6432
                upstream: { host: db, user: u }
            projects:
              store: { databases: [shop/app] }
            """);
        var configuration = file.Load();
        var project = configuration.Projects["store"];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(configuration.Storage.Location, Is.EqualTo(Path.Combine(file.Directory, "jitproxy.db")));
            Assert.That(configuration.Admin, Is.EqualTo(new AdminConfiguration(Path.Combine(file.Directory, "jitproxy.sock"), null)));
            Assert.That(configuration.Servers["shop"].Upstream.Port, Is.EqualTo(5432));
            Assert.That(configuration.Servers["shop"].Upstream.Tls, Is.EqualTo(UpstreamTlsMode.Prefer));
            Assert.That(configuration.Servers["shop"].Upstream.Password, Is.Null);
            Assert.That(configuration.Servers["shop"].Transport, Is.EqualTo(TransportKind.Auto));
            Assert.That(project.JustInTimeAccess || project.RequestRole || project.SelfApproval, Is.False);
            Assert.That(project.DataExport, Is.EqualTo(DataExport.Request));
            Assert.That(configuration.Approval.Fallback, Is.Null, "no fallback means that nothing is approved");
            Assert.That(configuration.Masking.IsEmpty, Is.True);
            Assert.That(configuration.Masking.InPredicates, Is.EqualTo(PredicateUse.Warn));
            Assert.That(configuration.Limits, Is.EqualTo(new LimitsConfiguration()));
            Assert.That(configuration.Limits.ResultSize, Is.EqualTo(104_857_600));
        }
    }

    [TestCase("shop/app", "shop/app", true)]
    [TestCase("shop/app", "shop/App", false)]
    [TestCase("shop/report_*", "shop/report_", true)]
    [TestCase("shop/report_*", "shop/report_2026", true)]
    [TestCase("shop/report_*", "shop/my_report_2026", false)]
    [TestCase("shop/report_*", "other/report_1", false)]
    [TestCase("shop/*a*b", "shop/xxaxxaxb", true)]
    [TestCase("shop/*a*b", "shop/xxaxxaxbc", false)]
    [TestCase("shop/*", "shop/anything", true)]
    [TestCase("shop/a?p", "shop/app", false)]
    public void A_pattern_covers_what_its_stars_allow(string pattern, string database, bool covered)
    {
        var slash = pattern.IndexOf('/', StringComparison.Ordinal);
        Assert.That(new DatabasePattern(pattern[..slash], pattern[(slash + 1)..]).Covers(database), Is.EqualTo(covered));
    }

    private static MaskAttributes Column(string column) => new("store", "prod", "shop", "app", "postgresql", "public", "customers", column);
}
