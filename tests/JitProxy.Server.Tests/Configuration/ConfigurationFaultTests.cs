using NUnit.Framework;

namespace JitProxy.Server.Tests.Configuration;

/// <summary>Every kind of fault, at its line and column. A `▶` in the text marks the place and is taken out before reading.</summary>
public sealed class ConfigurationFaultTests
{
    private const string Server = "\nservers: { shop: { engine: postgresql, listen: 127.0.0.1:6432, upstream: { host: db, user: u } } }\n";

    [TestCase("▶storge: sqlite:a.db" + Server, "unknown key \"storge\" in the file; did you mean \"storage\"?")]
    [TestCase("▶zzz: 1" + Server, "unknown key \"zzz\" in the file; expected storage, admin, servers")]
    [TestCase("storage: ▶mysql:a" + Server, "\"mysql:a\" is not a store; write sqlite:FILE")]
    [TestCase("storage: ▶postgresql://jitproxy@db/jitproxy" + Server, "a store in PostgreSQL, for several proxies, is not there yet; write sqlite:FILE")]
    [TestCase("storage: ▶\"postgres://db/jitproxy\"" + Server, "is not there yet; write sqlite:FILE")]
    [TestCase("storage: ▶sqlite:nowhere/a.db" + Server, "there is no directory")]
    [TestCase("admin: ▶x" + Server, "admin must hold keys and values")]
    [TestCase("admin: { listen: ▶example.com:80 }" + Server, "\"example.com:80\" is not an address to listen on")]
    [TestCase("admin: { listen: ▶0.0.0.0:8632 }" + Server, "is open to other machines without TLS")]
    [TestCase("admin: { listen: ▶\"[::]:8632\", plain: false }" + Server, "admin.plain: true")]
    [TestCase("admin: { listen: 0.0.0.0:8632, tls: { certificate: ▶no.pem, key: jitproxy.yaml } }" + Server, "there is no file")]
    [TestCase("audit: { retention: ▶soon }" + Server, "is not a duration")]
    [TestCase("audit: { parameters: ▶hashed }" + Server, "did you mean \"hash\"?")]
    [TestCase("audit: { literals: ▶none }" + Server, "unknown value \"none\"")]
    [TestCase("audit: { redact: ▶all }" + Server, "a list is expected here")]
    [TestCase("audit: { redact: [ ▶{ condition: \"true\" } ] }" + Server, "says what becomes of parameters, of literals, or of both")]
    [TestCase("audit: { redact: [ { literals: omit, ▶literal: omit } ] }" + Server, "did you mean \"literals\"?")]
    [TestCase("audit: { redact: [ { literals: ▶drop } ] }" + Server, "unknown value \"drop\"")]
    [TestCase("audit: { redact: [ { condition: resource.table_name == ▶tabel, literals: omit } ] }" + Server, "condition: ")]
    [TestCase("audit: { redact: [ { condition: \"'a' == 'a' && ▶request.unmask\", literals: omit } ] }" + Server, "has no value in a condition of audit.redact")]
    [TestCase("audit: { redact: [ { condition: ▶statement.kind, literals: omit } ] }" + Server, "must be true or false")]
    [TestCase("audit: { forward: [ ▶{ } ] }" + Server, "one of syslog and otlp")]
    [TestCase("audit: { forward: [ { syslog: ▶\"tcp://log.example:601\" } ] }" + Server, "would leave this machine in clear")]
    [TestCase("audit: { forward: [ { otlp: ▶\"http://collector:4318/v1/logs\" } ] }" + Server, "would leave this machine in clear")]
    [TestCase("audit: { forward: [ { syslog: ▶\"http://a\" } ] }" + Server, "is not the address of a syslog receiver")]
    [TestCase("audit: { forward: [ { otlp: ▶\"udp://127.0.0.1:1\" } ] }" + Server, "is not the address of a collector")]
    [TestCase("audit: { forward: [ { otlp: \"https://a/\", headers: { ▶\"a b\": c } } ] }" + Server, "is not a header")]
    [TestCase("audit: { forward: [ { syslog: \"udp://127.0.0.1:1\" }, ▶{ syslog: \"udp://127.0.0.1:1\" } ] }" + Server, "twice")]
    [TestCase("admin: { listen: ▶127.0.0.1 }" + Server, "\"127.0.0.1\" is not an address to listen on")]
    [TestCase("admin: { socket: ▶nowhere/a.sock }" + Server, "for the socket")]
    [TestCase("admin: { ▶sokcet: a }" + Server, "did you mean \"socket\"?")]
    [TestCase("▶storage: sqlite:a.db", "the file has no \"servers\"")]
    [TestCase("servers: ▶{}", "servers names no server")]
    [TestCase("servers:\n  ▶a/b: { engine: postgresql, listen: 127.0.0.1:1, upstream: { host: a, user: b } }", "cannot name a server")]
    [TestCase("servers:\n  shop: ▶{ listen: 127.0.0.1:1, upstream: { host: a, user: b } }", "servers.shop has no \"engine\"")]
    [TestCase("servers:\n  shop: { engine: ▶postgres, listen: 127.0.0.1:1, upstream: { host: a, user: b } }", "unknown value \"postgres\"; did you mean \"postgresql\"?")]
    [TestCase("servers:\n  shop: { engine: mysql, listen: 127.0.0.1:1, upstream: ▶{ host: a } }", "servers.shop.upstream has no \"user\"")]
    [TestCase("servers:\n  shop: { engine: mysql, listen: 127.0.0.1:1, upstream: { host: a, user: b, port: ▶70000 } }", "not a whole number from 1 to 65535")]
    [TestCase("servers:\n  shop: { engine: mysql, listen: 127.0.0.1:1, upstream: { host: a, user: b, tls: ▶verify } }", "did you mean \"verify-full\"?")]
    [TestCase("servers:\n  shop: { engine: mysql, listen: 127.0.0.1:1, upstream: { host: a, user: b, ca: ▶ca.crt, tls: verify-full } }", "there is no file")]
    [TestCase("servers:\n  shop: { engine: mysql, listen: 127.0.0.1:1, upstream: { host: a, user: b, ca: ▶jitproxy.yaml } }", "only with tls: verify-full")]
    [TestCase("servers:\n  shop: { engine: mysql, listen: 127.0.0.1:1, upstream: { host: a, user: b, password_file: ▶p.txt } }", "there is no file")]
    [TestCase("servers:\n  shop: { engine: mysql, listen: 127.0.0.1:1, upstream: { host: a, user: b, password: x, password_file: ▶jitproxy.yaml } }", "keep one")]
    [TestCase("servers:\n  shop: { engine: mysql, listen: 127.0.0.1:1, upstream: { host: a, user: b, password: ▶\"${NO_SUCH}\" } }", "the environment variable NO_SUCH is not set")]
    [TestCase("servers:\n  shop: { engine: mysql, listen: 127.0.0.1:1, upstream: { host: a, user: b, password: ▶\"a${\" } }", "starts the name of an environment variable")]
    [TestCase("servers:\n  shop: { engine: mysql, listen: 127.0.0.1:1, tls: { mode: require, key: jitproxy.yaml, certificate: ▶no.crt }, upstream: { host: a, user: b } }", "there is no file")]
    [TestCase("servers:\n  shop: { engine: mysql, listen: 127.0.0.1:1, tls: ▶{ certificate: jitproxy.yaml }, upstream: { host: a, user: b } }", "servers.shop.tls has no \"key\"")]
    [TestCase("servers:\n  shop: { engine: mysql, listen: 127.0.0.1:1, transport: ▶epol, upstream: { host: a, user: b } }", "did you mean \"epoll\"?")]
    [TestCase("servers:\n  a: { engine: mysql, listen: 127.0.0.1:1, upstream: { host: a, user: b } }\n  b: { engine: mysql, listen: ▶127.0.0.1:1, upstream: { host: a, user: b } }", "server a listens on 127.0.0.1:1 already")]
    [TestCase("servers:\n  a: { engine: mysql, listen: 127.0.0.1:1, upstream: { host: a, user: b } }\n  ▶a: { engine: mysql, listen: 127.0.0.1:2, upstream: { host: a, user: b } }", "duplicate key \"a\"; it is already in line 2")]
    [TestCase("projects: { store: { databases: [▶shoop/app] } }" + Server, "unknown server \"shoop\"; did you mean \"shop\"?")]
    [TestCase("projects: { store: { databases: [▶app] } }" + Server, "write SERVER/DATABASE")]
    [TestCase("projects: { store: { databases: ▶shop/app } }" + Server, "a list is expected here")]
    [TestCase("projects: { store: ▶{ owners: [bob] } }" + Server, "projects.store has no \"databases\"")]
    [TestCase("projects: { a: { databases: [shop/app] }, b: { databases: [▶shop/app] } }" + Server, "is already in project a")]
    [TestCase("projects: { store: { databases: [], owners: [bob, ▶bob] } }" + Server, "\"bob\" is twice in this list")]
    [TestCase("projects: { store: { databases: [], self_approval: ▶yes } }" + Server, "\"yes\" is neither true nor false")]
    [TestCase("projects: { store: { databases: [], max_expiration: ▶7 } }" + Server, "\"7\" is not a duration; write a number with")]
    [TestCase("projects: { store: { databases: [], max_expiration: ▶7 days } }" + Server, "is not a duration")]
    [TestCase("projects: { store: { databases: [], data_export: ▶close } }" + Server, "did you mean \"closed\"?")]
    [TestCase("workspace_roles: { ▶project-owner: [bob] }" + Server, "is the role of a project's owners")]
    [TestCase("workspace_roles: { dba: ▶dave }" + Server, "a list is expected here")]
    [TestCase("database_roles: { reader: [select, ▶selct] }" + Server, "unknown statement kind \"selct\"; did you mean \"select\"?")]
    [TestCase("approval: { fallback: [▶secrity] }\nworkspace_roles: { security: [carol] }" + Server, "nobody defines the role \"secrity\"; did you mean \"security\"?")]
    [TestCase("approval: { fallback: [{ any_of: [project-owner, ▶dba] }] }" + Server, "nobody defines the role \"dba\"")]
    [TestCase("approval: { fallback: [{ any_of: ▶[] }] }" + Server, "a step needs a role")]
    [TestCase("approval: { fallback: [▶{ approvals: 2 }] }" + Server, "a step has no \"any_of\"")]
    [TestCase("approval: { fallback: [{ any_of: [project-owner, ▶project-owner] }] }" + Server, "is twice in this list")]
    [TestCase("approval: { fallback: [{ any_of: [project-owner], approvals: ▶0 }] }" + Server, "not a whole number from 1 to 16")]
    [TestCase("approval: { fallback: [{ any_of: [project-owner], ▶aprovals: 2 }] }" + Server, "did you mean \"approvals\"?")]
    [TestCase("approval: { break_glass: { roles: [▶oncall] } }" + Server, "nobody defines the role \"oncall\"")]
    [TestCase("approval: { break_glass: ▶{ max_expiration: 1h } }" + Server, "approval.break_glass has no \"roles\"")]
    [TestCase("approval: { pending_expiration: ▶never }" + Server, "not a duration")]
    [TestCase("approval: { rules: [{ source: ▶jit, steps: [] }] }" + Server, "unknown value \"jit\"; expected just_in_time_access, request_role")]
    [TestCase("approval: { rules: [▶{ source: request_role }] }" + Server, "a rule of approval has no \"steps\"")]
    [TestCase("approval: { rules: [{ source: request_role, steps: [▶dba] }] }" + Server, "nobody defines the role \"dba\"; expected project-owner")]
    [TestCase("approval:\n  rules:\n    - source: request_role\n      condition: request.unmask && ▶resource.tble_name == \"a\"\n      steps: []" + Server,
        "condition: unknown attribute resource.tble_name; did you mean resource.table_name?")]
    [TestCase("approval:\n  rules:\n    - source: request_role\n      condition: 'resource.table_name == ''a'' && ▶1'\n      steps: []" + Server, "condition: a side of \"&&\" must be true or false, not a number")]
    [TestCase("approval:\n  rules:\n    - source: request_role\n      condition: \"resource.table_name == \\\"a\\\" && ▶1\"\n      steps: []" + Server, "condition: a side of \"&&\"")]
    [TestCase("approval:\n  rules:\n    - source: request_role\n      condition: >\n        request.unmask ||\n        ▶nonsense\n      steps: []" + Server, "condition: unknown attribute nonsense")]
    [TestCase("approval:\n  rules:\n    - source: request_role\n      condition: |\n        request.unmask ||\n        ▶nonsense\n      steps: []" + Server, "condition: unknown attribute nonsense")]
    [TestCase("approval:\n  rules:\n    - source: request_role\n      condition: request.unmask ||\n        ▶nonsense\n      steps: []" + Server, "condition: unknown attribute nonsense")]
    [TestCase("masking: { masked_in_predicates: ▶denny }" + Server, "unknown value \"denny\"; did you mean \"deny\"?")]
    [TestCase("masking: { ▶mask_in_predicates: deny }" + Server, "did you mean \"masked_in_predicates\"?")]
    [TestCase("masking: { semantic_types: { a: { algorithm: full } }, rules: [{ condition: \"true\", semantic_type: a, masked_in_predicates: ▶no }] }" + Server,
        "unknown value \"no\"; expected warn, deny")]
    [TestCase("masking: { semantic_types: { ssn: { algorithm: ▶ful } } }" + Server, "unknown value \"ful\"; did you mean \"full\"?")]
    [TestCase("masking: { semantic_types: { ssn: { algorithm: full, ▶prefix: 1 } } }" + Server, "unknown key \"prefix\" in semantic_types.ssn")]
    [TestCase("masking: { semantic_types: { ssn: ▶{ algorithm: full, substitution: 12345678901234567 } } }" + Server, "substitution is longer than 16 bytes")]
    [TestCase("masking: { semantic_types: { day: ▶{ algorithm: date_trunc } } }" + Server, "semantic_types.day has no \"unit\"")]
    [TestCase("masking: { semantic_types: { a: { algorithm: full } }, columns: { ▶shoop/app.public.t.c: a } }" + Server, "unknown server \"shoop\"; did you mean \"shop\"?")]
    [TestCase("masking: { semantic_types: { a: { algorithm: full } }, columns: { shop/app.public.t.c: ▶b } }" + Server, "unknown semantic type \"b\"; expected a")]
    [TestCase("masking: { semantic_types: { a: { algorithm: full } }, columns: { ▶shop/app.t.c: a } }" + Server, "lacks a part")]
    [TestCase("masking: { semantic_types: { a: { algorithm: full } }, columns: { ▶t.c: a } }" + Server, "is not server/database.schema.table.column")]
    [TestCase("masking: { semantic_types: { a: { algorithm: full } }, rules: [{ condition: 'true', semantic_type: ▶c }] }" + Server, "unknown semantic type \"c\"")]
    [TestCase("masking: { semantic_types: { a: { algorithm: full } }, rules: [{ condition: ▶request.unmask, semantic_type: a }] }" + Server, "request.unmask has no value in a masking condition")]
    [TestCase("masking: { exemptions: [{ members: [carol], until: ▶tomorrow }] }" + Server, "\"tomorrow\" is not a date")]
    [TestCase("masking: { exemptions: [▶{ until: 2027-01-31 }] }" + Server, "an exemption has no \"members\"")]
    [TestCase("limits: { rows: ▶0 }" + Server, "\"0\" is not a whole number from 1 to")]
    [TestCase("limits: { result_size: ▶100 miles }" + Server, "\"100 miles\" is not a size")]
    [TestCase("limits: { frame_size: ▶4GiB }" + Server, "is more than the 1073741824 bytes possible")]
    [TestCase("limits: { statement_timeout: ▶30 }" + Server, "\"30\" is not a duration")]
    [TestCase("audit: { durability: ▶disc }" + Server, "did you mean \"disk\"?")]
    [TestCase("audit: { parameters: ▶[clear] }" + Server, "one value is expected here")]
    [TestCase("storage: sqlite:a.db\n▶---\nb: 1" + Server, "one file holds one document")]
    [TestCase("storage: *▶nowhere" + Server, "not YAML")]
    public void A_fault_names_its_place(string marked, string message)
    {
        var (text, line, column) = Unmark(marked);
        using var file = new ConfigurationFile(text);
        var faults = file.Faults();
        Assert.That(faults.Select(f => f.Message), Has.Some.Contains(message), $"all faults: {string.Join(" | ", faults)}");
        var fault = faults.First(f => f.Message.Contains(message, StringComparison.Ordinal));
        if (!message.StartsWith("not YAML", StringComparison.Ordinal))
            Assert.That((fault.Line, fault.Column), Is.EqualTo((line, column)), fault.ToString());
        Assert.That(fault.File, Is.EqualTo(file.FilePath));
    }

    [Test]
    public void All_faults_are_listed_in_the_order_of_the_file()
    {
        using var file = new ConfigurationFile("""
            storge: sqlite:a.db
            servers:
              shop:
                engine: oracle
                listen: nowhere
                upstream: { host: db, user: u, password: "${NONE}" }
            projects:
              store: { databases: [shop/app, shp/app] }
            limits: { rows: many }
            """);
        Assert.That(file.Faults().Select(f => (f.Line, f.Column)), Is.EqualTo(new[] { (1, 1), (4, 13), (5, 13), (6, 46), (8, 34), (9, 17) }));
    }

    [Test]
    public void A_fault_never_shows_the_value_of_a_variable()
    {
        using var file = new ConfigurationFile("limits: { rows: \"${SECRET}\" }" + Server);
        file.With("SECRET", "hunter2");
        Assert.That(file.Faults().Single().ToString(), Does.Contain("${SECRET}").And.Not.Contain("hunter2"));
    }

    [Test]
    public void A_dollar_twice_keeps_the_braces()
    {
        using var file = new ConfigurationFile("""
            servers: { shop: { engine: postgresql, listen: 127.0.0.1:1, upstream: { host: db, user: "a${X}b", password: "$${X}$" } } }
            """);
        file.With("X", "-");
        Assert.That(file.Load().Servers["shop"].Upstream.User, Is.EqualTo("a-b"));
        Assert.That(file.Load().Servers["shop"].Upstream.Password, Is.EqualTo("${X}$"));
    }

    [TestCase("", "the file is empty")]
    [TestCase("# nothing\n", "the file is empty")]
    [TestCase("just words", "the file must hold keys and values")]
    [TestCase("a: [1", "not YAML")]
    [TestCase("a: b: c", "not YAML")]
    public void What_is_no_configuration_at_all_is_a_fault_with_a_place(string text, string message)
    {
        using var file = new ConfigurationFile(text);
        var fault = file.Faults().Single();
        Assert.That(fault.Message, Does.StartWith(message));
        Assert.That(fault.Line, Is.InRange(1, 2));
    }

    [Test]
    public void A_missing_file_is_a_fault_without_a_place()
    {
        using var file = new ConfigurationFile("");
        File.Delete(file.FilePath);
        Assert.That(file.Faults().Single().ToString(), Is.EqualTo($"{file.FilePath}: there is no such file; name one with --config FILE"));
    }

    [Test]
    public void Nesting_without_end_is_a_fault()
    {
        using var file = new ConfigurationFile("a: " + new string('[', 1000) + new string(']', 1000));
        Assert.That(file.Faults().Single().Message, Does.Contain("more than 32 levels"));
    }

    [Test]
    public void An_anchor_stands_for_its_node()
    {
        using var file = new ConfigurationFile("""
            servers:
              a: { engine: mysql, listen: 127.0.0.1:1, upstream: &up { host: db, user: u } }
              b: { engine: mysql, listen: 127.0.0.1:2, upstream: *up }
            """);
        Assert.That(file.Load().Servers["b"].Upstream.Host, Is.EqualTo("db"));
    }

    private static (string Text, int Line, int Column) Unmark(string marked)
    {
        var at = marked.IndexOf('▶', StringComparison.Ordinal);
        var before = marked[..at];
        return (marked.Remove(at, 1), before.Count(c => c == '\n') + 1, at - before.LastIndexOf('\n'));
    }
}
