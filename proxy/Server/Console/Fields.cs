namespace JitProxy.Server.Console;

/// <summary>Fields of forms, each with its label.</summary>
internal static class Fields
{
    /// <summary>A line of text.</summary>
    /// <param name="name">Its name, and its mark in the page.</param>
    /// <param name="label">What to write.</param>
    /// <param name="value">What is in it.</param>
    /// <param name="placeholder">An example.</param>
    /// <param name="isShort">Whether a few characters are enough.</param>
    public static Html Line(string name, string label, string? value, string? placeholder = null, bool isShort = false) => Html.Of($"""
        <div><label for="{name}">{label}</label>
        <input id="{name}" name="{name}"{Parts.Is(isShort, " class=short")} value="{Html.Exact(value)}"
        placeholder="{placeholder}" spellcheck="false" autocapitalize="none" autocomplete="off"></div>
        """);

    /// <summary>Several lines of text.</summary>
    /// <param name="name">Its name, and its mark in the page.</param>
    /// <param name="label">What to write.</param>
    /// <param name="value">What is in it.</param>
    /// <param name="placeholder">An example.</param>
    /// <param name="rows">How many are seen.</param>
    /// <param name="isCode">Whether it is for a machine to read.</param>
    /// <param name="isRequired">Whether something has to be in it.</param>
    public static Html Area(
        string name, string label, string? value, string placeholder, int rows, bool isCode = false, bool isRequired = false) => Html.Of($"""
        <label for="{name}">{label}</label>
        <textarea id="{name}" name="{name}" rows="{rows}"{Parts.Is(isRequired, " required")}
        {Parts.Is(isCode, "class=code spellcheck=false autocapitalize=off")} placeholder="{placeholder}">{First}{Html.Exact(value)}</textarea>
        """);

    /// <summary>A box to tick.</summary>
    public static Html Box(string name, bool isTicked, string title, string meaning) => Html.Of($"""
        <label class="box"><input type="checkbox" name="{name}" value="on"{Parts.Is(isTicked, " checked")}>
        <span><b>{title}</b> <span class="dim">{meaning}</span></span></label>
        """);

    /// <summary>One of several choices.</summary>
    public static Html Select(string name, string label, string? chosen, IEnumerable<(string Value, string Text)> choices) => Html.Of($"""
        <div><label for="{name}">{label}</label>
        <select id="{name}" name="{name}">{Html.Each(choices, c => Option(c.Value, c.Text, c.Value == (chosen ?? "")))}</select></div>
        """);

    // Browsers take the first line end of an area for a part of the markup.
    private static Html First => Html.Exact("\n");

    private static Html Option(string value, string text, bool isChosen) =>
        Html.Of($"<option value=\"{value}\"{Parts.Is(isChosen, " selected")}>{text}</option>");
}
