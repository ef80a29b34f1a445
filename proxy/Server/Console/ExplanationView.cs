using JitProxy.Server.Admin.Contract;

namespace JitProxy.Server.Console;

/// <summary>What a statement reads and returns.</summary>
internal static class ExplanationView
{
    /// <summary>Kind, tables, and the columns with their sources and masks.</summary>
    /// <param name="explanation">The explanation.</param>
    /// <param name="withDatabase">Whether to say for which database it is.</param>
    public static Html Reads(Explanation explanation, bool withDatabase) => Html.Of($"""
        {(withDatabase ? Html.Of($"<h3>On {explanation.Database}</h3>") : default)}
        {Parts.Facts(
            ("Kind", Parts.Text(explanation.Kind)),
            ("Reads", explanation.Kind is null ? default : explanation.Tables.IsEmpty ? Html.Of($"no table") : Tables(explanation)),
            ("Not a read", Parts.Text(explanation.Objection)),
            ("Not resolved", Parts.Text(explanation.Unresolved)))}
        {(explanation.Columns.IsEmpty ? default : Html.Of($"""
            <div class="scroll" tabindex="0" role="region" aria-label="Columns of the result on {explanation.Database}"><table class="columns">
            <thead><tr><th scope="col">Column</th><th scope="col">Comes</th><th scope="col">From</th></tr></thead>
            <tbody>{Html.Each(explanation.Columns, Column)}</tbody></table></div>
            """))}
        """);

    /// <summary>The statement in normal form.</summary>
    public static Html NormalForm(Explanation explanation) => explanation.NormalForm is not { } form ? Html.Nothing : Html.Of($"""
        <details><summary>Normal form</summary><p class="dim">What is compared: without comments, blanks and letter case that do not matter.</p>
        <pre class="sql short" tabindex="0"><code>{StatementView.Escaped(form)}</code></pre></details>
        """);

    private static Html Tables(Explanation explanation) => Html.Of($"""
        <ul class="inline">{Html.Each(explanation.Tables, static t => Html.Of($"<li><code>{t}</code></li>"))}</ul>
        """);

    private static Html Column(ExplainedColumn column) => Html.Of($"""
        <tr><th scope="row"><code>{column.Name ?? "?"}</code></th>
        <td>{(column.Mask is { } mask ? Html.Of($"""<span class="badge masked">masked: {mask}</span>""") : Html.Of($"in clear"))}</td>
        <td>{string.Join(", ", column.Sources)}</td></tr>
        """);
}
