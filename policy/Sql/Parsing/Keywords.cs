using System.Collections.Frozen;

namespace JitProxy.Policy.Sql.Parsing;

/// <summary>Where a keyword may stand as a name.</summary>
internal enum KeywordCategory : byte
{
    /// <summary>Not a keyword.</summary>
    None,

    /// <summary>May be any name.</summary>
    Unreserved,

    /// <summary>May name a column or table, not a function or type.</summary>
    ColumnName,

    /// <summary>May name a function or type, not a column or table.</summary>
    TypeOrFunction,

    /// <summary>May be no name but where the grammar takes any word.</summary>
    Reserved,
}

/// <summary>The keywords of a dialect and where each may stand as a name.</summary>
/// <param name="categories">The words of each category, in lower case, separated by blanks.</param>
/// <param name="needAs">The words that need AS before them to be a column's label.</param>
/// <param name="noAlias">The words that may name a column, but are no alias of a table.</param>
internal sealed class Keywords(IEnumerable<(KeywordCategory Category, string Words)> categories, string needAs, string noAlias = "")
{
    private readonly FrozenDictionary<string, KeywordCategory> _categories = categories
        .SelectMany(static entry => entry.Words.Split(' ').Select(word => KeyValuePair.Create(word, entry.Category)))
        .ToFrozenDictionary(StringComparer.Ordinal);

    private readonly FrozenSet<string> _needAs = needAs.Split(' ').ToFrozenSet(StringComparer.Ordinal);
    private readonly FrozenSet<string> _noAlias = noAlias.Split(' ').ToFrozenSet(StringComparer.Ordinal);

    /// <summary>The category of a word, in lower case.</summary>
    public KeywordCategory CategoryOf(string word) => _categories.GetValueOrDefault(word);

    /// <summary>True if the word, in lower case, may label a column without AS.</summary>
    public bool IsBareLabel(string word) => !_needAs.Contains(word);

    /// <summary>True if the word, in lower case, may be what a table is called in FROM.</summary>
    public bool IsAlias(string word) => IsColumnName(word) && !_noAlias.Contains(word);

    /// <summary>True if the word, in lower case, may name a column or table.</summary>
    public bool IsColumnName(string word) => CategoryOf(word) is not (KeywordCategory.TypeOrFunction or KeywordCategory.Reserved);
}
