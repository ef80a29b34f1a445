using System.Collections.Immutable;
using System.Text;
using JitProxy.Policy.Grants;
using JitProxy.Policy.Masking;
using JitProxy.Policy.Sql;
using JitProxy.Server.Admin.Contract;
using JitProxy.Server.Capture;
using JitProxy.Server.Decide;
using JitProxy.Server.Forward;

namespace JitProxy.Server.Admin;

/// <summary>Says what would happen to a statement, and why; runs nothing and records nothing.</summary>
internal sealed class ExplainService(Gate gate, GrantDesk desk, CatalogueCache catalogues, PolicySnapshots policies) : IExplain
{
    /// <inheritdoc/>
    public async Task<Explanation> ExplainAsync(ExplainQuestion question, CancellationToken stop)
    {
        var slash = question.Database.IndexOf('/', StringComparison.Ordinal);
        var who = new SessionIdentity(question.User, "explain", question.Database[..slash], question.Database[(slash + 1)..], SqlDialect.PostgreSql);
        Catalogue catalogue;
        try
        {
            catalogue = await catalogues.RefreshAsync(question.Database, stop);
        }
        catch (CatalogueFaultException e)
        {
            return Refused(question, e.Fault.ToRefusal(who.Server, who.Database).Message);
        }

        var text = Encoding.UTF8.GetBytes(question.Statement);
        who = who with { Dialect = catalogue.Dialect };
        if (!NormalForm.TryCreate(text, who.Dialect, out var form, out var fault, out var offset))
            return Refused(question, $"the statement {fault.Describe()} (at byte {offset})");

        var ruling = gate.Decide(text, who, null);
        var analysis = policies.Current.Analyze(text, catalogue, who);
        var unmask = ruling.Permit?.Unmask ?? question.Unmask;
        var preview = MaskPlanner.Preview(analysis, catalogue, policies.Current.Masking, policies.Current.SubjectOf(who, unmask, gate.Now));
        var (steps, objection) = ruling.Kind == RulingKind.Refused ? await AskAsync(question, stop) : (null, null);
        return new()
        {
            Database = question.Database,
            User = question.User,
            NormalForm = form.ToString(),
            Kind = analysis.Kind.ToString().ToLowerInvariant(),
            Objection = analysis.ReadOnlyObjection,
            Unresolved = analysis.Unresolved,
            Tables = [.. analysis.Relations.Select(static r => $"{r.Schema}.{r.Name}").Distinct()],
            Columns = [.. preview.Columns.Select(Describe)],
            Decision = ruling.Kind switch
            {
                RulingKind.Granted => "granted",
                RulingKind.Housekeeping or RulingKind.Local => "housekeeping",
                RulingKind.Refused => "refused",
            },
            Grant = ruling.Grant,
            Reason = ruling.Refusal?.ToString(),
            Steps = steps,
            RequestObjection = objection,
            Warnings = preview.Warnings,
        };
    }

    private static Explanation Refused(ExplainQuestion question, string reason) =>
        new() { Database = question.Database, User = question.User, Decision = "refused", Reason = reason };

    private async ValueTask<(ImmutableArray<string>? Steps, string? Objection)> AskAsync(ExplainQuestion question, CancellationToken stop)
    {
        var wish = new GrantWish
        {
            Kind = GrantKind.Statement,
            Databases = [question.Database],
            Statement = question.Statement,
            Schema = question.Schema,
            Unmask = question.Unmask,
            Reason = "explain",
        };
        var check = await desk.CheckAsync(wish, question.User, stop);
        return (check.Refusal is null ? [.. check.Steps.Select(static s => s.ToString())] : null, check.Refusal);
    }

    private static ExplainedColumn Describe(MaskPreviewColumn column) => new(
        column.Name,
        column.IsUnknown ? ["any column of the tables"] : [.. column.Sources.Select(static s => $"{s.Schema}.{s.Relation}.{s.Column}")],
        column.Algorithm?.ToString());
}
