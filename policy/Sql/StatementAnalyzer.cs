using JitProxy.Policy.Sql.Parsing;
using JitProxy.Policy.Sql.Resolving;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql;

/// <summary>What a statement is, reads and returns, in the language of its catalogue. Not for the hot path: results are kept per normal form.</summary>
public static class StatementAnalyzer
{
    /// <summary>Analyses one statement. Never throws: what it cannot make out, the answer says, and is not read-only.</summary>
    /// <param name="text">The statement, UTF-8.</param>
    /// <param name="catalogue">The database's names, those of <c>pg_catalog</c> and <c>information_schema</c> and built-in functions included.</param>
    public static StatementAnalysis Analyze(ReadOnlySpan<byte> text, Catalogue catalogue) => Analyze(text, catalogue, null);

    /// <summary>As <see cref="Analyze(ReadOnlySpan{byte}, Catalogue)"/>, with functions admitted that users made.</summary>
    /// <param name="text">The statement, UTF-8.</param>
    /// <param name="catalogue">The database's names.</param>
    /// <param name="admitted">
    /// True for a function, by schema and name, that the configuration admits. Only those declared IMMUTABLE or STABLE count as reads even so;
    /// what a STABLE one returns is of unknown origin.
    /// </param>
    public static StatementAnalysis Analyze(ReadOnlySpan<byte> text, Catalogue catalogue, Func<string, string, bool>? admitted)
    {
        string? fault;
        Statement statement;
        var isParsed = catalogue.Dialect switch
        {
            SqlDialect.PostgreSql => PostgresParser.TryParse(text, out statement, out fault),
            SqlDialect.MySql or SqlDialect.MariaDb => MySqlParser.TryParse(text, catalogue.Dialect, LexicalModes.None, out statement, out fault),
        };
        if (!isParsed)
        {
            var why = $"it could not be parsed: {fault}";
            return new() { Kind = StatementKind.Other, ReadOnlyObjection = why, Unresolved = why };
        }

        var analysis = new StatementResolver(catalogue, admitted).Analyze(statement);
        return analysis.Kind == StatementKind.Ddl
            ? DefinitionProof.Judge(text, statement is OtherStatement { Inner: not null }, analysis, catalogue)
            : analysis;
    }
}
