// What a layer brings.
package layered;

public class Word {
    @Override
    public String toString() {
        return "from a layer";
    }
}
