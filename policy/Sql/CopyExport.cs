using System.Collections.Immutable;

namespace JitProxy.Policy.Sql;

/// <summary>How <c>COPY (statement) TO STDOUT</c> wants the rows of its statement written.</summary>
/// <param name="Statement">Where the statement stands in the text of the COPY, in bytes.</param>
/// <param name="IsCsv">True for CSV, false for the text format.</param>
/// <param name="HasHeader">True if the first line names the columns.</param>
/// <param name="Delimiter">The byte between columns.</param>
/// <param name="NullText">What stands for NULL.</param>
/// <param name="Quote">CSV: the byte around values that need it.</param>
/// <param name="Escape">CSV: the byte before a quote inside a value.</param>
/// <param name="QuotesAll">CSV: true if every value but NULL is quoted.</param>
/// <param name="IsBinary">True for the binary format; then nothing but the statement counts.</param>
public sealed record CopyExport(
    Range Statement, bool IsCsv, bool HasHeader, byte Delimiter, string NullText, byte Quote, byte Escape, bool QuotesAll, bool IsBinary = false)
{
    /// <summary>CSV: the columns whose values are quoted, unless NULL, beside those that need it.</summary>
    public ImmutableArray<string> Quoted { get; init; } = [];

    /// <summary>The format's name in SQL.</summary>
    public string Format => IsBinary ? "binary" : IsCsv ? "csv" : "text";
}
