using System.Collections.Immutable;
using JitProxy.Server.Admin.OpenApi;
using JitProxy.Server.Decide;

namespace JitProxy.Server.Admin;

/// <summary>The filter of a request for grants.</summary>
internal static class GrantQuery
{
    /// <summary>The parameters.</summary>
    public static ImmutableArray<ApiParameter> Parameters { get; } =
    [
        new("status", ApiValue.Words, "Grants in one of these states; several with commas.", [.. OrderWords.States.Keys.Order()]),
        new("user", ApiValue.Text, "Grants of this person."),
        new("mine", ApiValue.Flag, "Only the caller's own."),
        new("waiting", ApiValue.Flag, "Only requests whose next step the caller could sign now."),
        new("unreviewed", ApiValue.Flag, "Only break-glass grants that nobody has reviewed."),
        new("database", ApiValue.Text, "Grants for this database, as server/database."),
        new("project", ApiValue.Text, "Grants of this project."),
        new("kind", ApiValue.Text, "Grants for a statement or for a role.", "statement", "role"),
        new("role", ApiValue.Text, "Grants for this database role."),
        new("unmask", ApiValue.Flag, "Grants with, or without, masked columns in clear."),
        new("export", ApiValue.Flag, "Grants with, or without, bulk extraction."),
        new("text", ApiValue.Text, "Grants whose statement or reason holds this, in upper or lower case."),
        new("requested_since", ApiValue.Time, "Requested at this moment or later."),
        new("requested_until", ApiValue.Time, "Requested before this moment."),
        new("approved_since", ApiValue.Time, "Approved at this moment or later."),
        new("approved_until", ApiValue.Time, "Approved before this moment."),
        new("expires_since", ApiValue.Time, "Expires at this moment or later."),
        new("expires_until", ApiValue.Time, "Expires before this moment."),
        new("order", ApiValue.Text, "The order of grants; oldest first when not said.", [.. OrderWords.Grants.Keys.Order()]),
        .. Paging,
    ];

    /// <summary>The parameters of every list with pages.</summary>
    public static ImmutableArray<ApiParameter> Paging =>
    [
        new("limit", ApiValue.Number, "How many at most: from 1 to 1000, 100 when not said."),
        new("cursor", ApiValue.Text, "Where to go on: the cursor of the page before, with the same filter and order."),
    ];

    /// <summary>Reads the filter; what does not read is noted with the values.</summary>
    public static GrantFilter Read(QueryValues values, Caller caller, GrantActs acts)
    {
        var statuses = values.Words("status", "a status", OrderWords.States);
        var user = values.Text("user");
        return new(
            statuses is [var only] ? only : null,
            values.Flag("mine") == true ? caller.Actor.Name : user,
            values.Text("database"),
            values.Flag("unreviewed") == true)
        {
            Statuses = statuses,
            WaitingFor = values.Flag("waiting") == true ? acts.WaitingFor(caller) : null,
            Project = values.Text("project"),
            Kind = values.Words("kind", "a kind of grant", OrderWords.Kinds) is [var kind, ..] ? kind : null,
            Role = values.Text("role"),
            Unmask = values.Flag("unmask"),
            Export = values.Flag("export"),
            Text = values.Text("text"),
            Requested = new(values.Time("requested_since"), values.Time("requested_until")),
            Approved = new(values.Time("approved_since"), values.Time("approved_until")),
            Expires = new(values.Time("expires_since"), values.Time("expires_until")),
        };
    }

    /// <summary>The page's size.</summary>
    public static int Limit(QueryValues values)
    {
        var limit = values.Number("limit") ?? AuditActs.PageDefault;
        if (limit is < 1 or > AuditActs.PageMax)
            values.Fail($"limit: {limit} is not a number from 1 to {AuditActs.PageMax}");
        return (int)Math.Clamp(limit, 1, AuditActs.PageMax);
    }
}
