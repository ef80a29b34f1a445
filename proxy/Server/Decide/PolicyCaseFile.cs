using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using JitProxy.Policy.Grants;
using JitProxy.Policy.Sql;
using JitProxy.Server.Configuration;

namespace JitProxy.Server.Decide;

/// <summary>Reads a table of requests with the flows expected for them; what is wrong gets line and column, as in the configuration.</summary>
internal sealed class PolicyCaseFile
{
    private readonly Reading _reading;
    private readonly ImmutableArray<string> _roles;

    private PolicyCaseFile(Reading reading, ProxyConfiguration configuration) =>
        (_reading, _roles) = (reading, [RolesPart.ProjectOwner, .. configuration.WorkspaceRoles.Keys]);

    /// <summary>Reads the text of a file; false with all faults.</summary>
    /// <param name="file">The file's name, for faults.</param>
    /// <param name="text">What is in it.</param>
    /// <param name="configuration">The configuration whose roles the expectations name.</param>
    /// <param name="cases">The cases.</param>
    /// <param name="faults">Everything that is wrong.</param>
    public static bool TryRead(
        string file,
        string text,
        ProxyConfiguration configuration,
        [NotNullWhen(true)] out IReadOnlyList<PolicyCase>? cases,
        out IReadOnlyList<ConfigurationFault> faults)
    {
        var list = new FaultList(file);
        var found = new List<PolicyCase>();
        if (ConfigurationTree.Read(text, list, static _ => null) is { } root)
        {
            var reader = new PolicyCaseFile(new(list, text, Path.GetDirectoryName(Path.GetFullPath(file))!), configuration);
            var section = new Section(root, "the file", list);
            var items = section.Require("requests") is { } node ? reader._reading.Items(node) ?? [] : [];
            section.Close();
            foreach (var item in items)
            {
                if (reader._reading.Section(item, "a request") is { } request && reader.ReadCase(request, found.Count + 1) is { } test)
                    found.Add(test);
            }

            if (items.IsEmpty && list.Count == 0)
                list.Add(root, "the file holds no requests, so it could not fail");
        }

        faults = list.Sorted;
        cases = list.Count == 0 ? found : null;
        return cases is not null;
    }

    private PolicyCase? ReadCase(Section section, int number)
    {
        var role = Text("role");
        var wish = new GrantWish
        {
            Kind = role is null ? GrantKind.Statement : GrantKind.Role,
            Databases = section.Require("databases") is { } databases ? _reading.Names(databases) ?? [] : [],
            Statement = role is null ? Text("statement") ?? "select" : Text("statement"),
            Role = role,
            Unmask = Flag("unmask"),
            Export = Flag("export"),
            Duration = section.Find("expires") is { } expires ? _reading.Duration(expires) : null,
        };
        var expect = section.Require("expect");
        var isRefused = expect is ScalarNode { Text: "refused" };
        var test = new PolicyCase(
            Text("name") ?? $"request {number}",
            wish,
            Names("tables"),
            Names("columns"),
            section.Find("kind") is { } kind ? ReadKind(kind) : StatementKind.Select,
            section.Find("at") is { } at ? _reading.Time(at) : null,
            expect is null || isRefused ? null : ApprovalPart.ReadSteps(_reading, expect, _roles),
            Text("because"));
        section.Close();
        if (test.Because is not null && !isRefused)
            _reading.Faults.Add(section.Node, "\"because\" belongs to \"expect: refused\"");
        if (role is not null && (wish.Statement ?? (object?)test.Tables ?? test.Columns) is not null)
            _reading.Faults.Add(section.Node, "a request is for a role or for a statement, not for both");

        return test;

        string? Text(string key) => section.Find(key) is { } node ? _reading.Text(node) : null;
        bool Flag(string key) => section.Find(key) is { } node && (_reading.Flag(node) ?? false);
        ImmutableArray<string>? Names(string key) => section.Find(key) is { } node ? _reading.Names(node) : null;
    }

    private StatementKind ReadKind(ConfigurationNode node) => _reading.Choice(
        node,
        ("select", StatementKind.Select),
        ("explain", StatementKind.Explain),
        ("show", StatementKind.Show)) ?? StatementKind.Other;
}
